//! The figures as text: what the terminal shows, and `docs/performance.md`.

use super::Output;
use super::goals::short;
use super::results::{Audited, Results, Saga};
use super::scale::Size;

/// What stands above the figures in the document.
const INTRODUCTION: &str = "\
# Performance

Written by `just bench`; do not edit. Every figure is of one run on the machine below, on private servers with fsync on and
JetStream's `sync_interval: always`. Each order has two lines. The load runs on the same cores as the shop. After each
part the whole shop is audited, every cent and every piece; a part whose audit is not clean has no figure.

`F` is what Postgres itself does on this machine: rows inserted and committed a second over eight connections.

![orders a second, and latency by rate](performance.svg)
";

/// How things are measured, below the figures.
const METHOD: &str = "\
## How it is measured

- **The saga** is fed without HTTP: orders and their `order.created` are committed by the order service's own outbox code, in
  batches of 128 as its group commit makes them, so many that 4,096 orders are always under way. An order is done when
  `payment.captured` and `stock.committed` are stored (of one that fails: `order.failed`); its time is counted from the return
  of its commit to the time at which the NATS server stored the later one. Orders/s are all orders over the time from the first
  commit to the last of these facts.
- **One message a transaction** is the same with `LIVEMART_MESSAGING_BATCH=1` and 256 orders under way, which keep every
  step busy; the rest would only wait.
- **By the clock** orders are due at fixed times, whatever becomes of those before; each time is counted from when the
  request was due, also where it could only be sent later.
- **CPU** is user and system time of the processes from /proc, the clients' not included, **commits** are transactions of
  Postgres that wrote, **fsyncs** those of its log; all three are read while the middle 70% of the orders are done.
- **Memory** is each process's share of what it uses; under load, the most that a service ever had.
- `just bench --quick` takes a few minutes; `just bench saga http` measures parts.
";

/// The whole document.
pub(super) fn document(output: &Output) -> String {
    format!("{INTRODUCTION}\n{}\n{METHOD}", figures(output))
}

/// All figures, with the goals first.
pub(super) fn figures(output: &Output) -> String {
    let results = &output.results;
    let mut text = String::new();
    if results.size != Size::Full {
        text.push_str("**A small run: its figures only show where one stands.**\n\n");
    }
    text.push_str(&machine(results));
    section(&mut text, "Goals", &["", "goal", "found", ""], &goals(output));
    if !output.changes.is_empty() {
        let rows = output.changes.iter().map(|change| {
            let verdict = if change.worse { "worse" } else { "better" };
            [change.of.clone(), short(change.before), short(change.now), verdict.to_owned()].to_vec()
        });
        section(
            &mut text,
            "Changes since the last committed run",
            &["", "before", "now", ""],
            &rows.collect::<Vec<_>>(),
        );
    }
    section(&mut text, "Floors of this machine", &["", "per second"], &floors(results));
    let head = ["", "orders/s", "of F", "p50 ms", "p99 ms", "CPU ms", "commits", "fsyncs"];
    section(&mut text, "The saga at saturation (costs an order)", &head, &sagas(results));
    section(&mut text, "CPU by process, ms an order", &["", "saga", "naive", "over HTTP"], &by_process(results));
    let head = ["", "orders/s", "accepted/s", "refused", "answer p50 / p99 ms", "confirmed p50 / p99 ms"];
    section(&mut text, "Over HTTP through the gateway", &head, &over_http(results));
    section(&mut text, "Reads through the gateway", &["", "per second", "p50 ms", "p99 ms"], &reads(results));
    section(&mut text, "An audit of everything", &["orders", "events", "seconds"], &audit(results));
    section(&mut text, "Processes", &["", "MiB at rest", "MiB under load", "ready after ms"], &processes(results));
    text
}

fn machine(results: &Results) -> String {
    let machine = &results.machine;
    format!(
        "{}, {} cores ({}), {}; Postgres {}, NATS {}, Redis {}\n",
        results.at.format("%Y-%m-%d %H:%M UTC"),
        machine.cores,
        machine.cpu,
        machine.system,
        machine.postgres,
        machine.nats,
        machine.redis
    )
}

fn goals(output: &Output) -> Vec<Vec<String>> {
    let row = |goal: &super::goals::Goal| {
        let verdict = if goal.reached { "reached" } else { "not reached" };
        vec![goal.of.clone(), goal.wanted.clone(), goal.found.clone(), verdict.to_owned()]
    };
    output.goals.iter().map(row).collect()
}

fn floors(results: &Results) -> Vec<Vec<String>> {
    let floors = &results.floors;
    let rows = [
        ("Postgres: a row inserted and committed, 8 connections (F)", floors.pg_commits_per_s),
        ("JetStream: 1 KB published, 256 in flight", floors.jetstream_pipelined_per_s),
        ("JetStream: 1 KB in atomic batches of 256", floors.jetstream_atomic_per_s),
        ("Redis: a key set and deleted, one after the other", floors.redis_pairs_per_s),
        ("Redis: the same by 32 at once", floors.redis_pairs_32_per_s),
    ];
    rows.map(|(what, per_s)| vec![what.to_owned(), short(per_s)]).to_vec()
}

fn sagas(results: &Results) -> Vec<Vec<String>> {
    let floor = results.floors.pg_commits_per_s;
    let mut rows = Vec::new();
    let mut add = |what: String, saga: Option<&Saga>| {
        let Some(saga) = saga else { return };
        rows.push(vec![
            what,
            short(saga.orders_per_s),
            short(saga.orders_per_s / floor),
            short(saga.p50_ms),
            short(saga.p99_ms),
            saga.cpu_ms_per_order.map_or("-".to_owned(), short),
            short(saga.commits_per_order),
            short(saga.fsyncs_per_order),
        ]);
    };
    add("the saga".to_owned(), results.saga.as_ref());
    add("one message a transaction".to_owned(), results.naive.as_ref());
    for (name, other, beside) in [
        ("one hot product", "spread products", &results.hot),
        ("with the Redis lock", "without the Redis lock", &results.redis_lock),
        ("half of the orders failing", "no order failing", &results.failing),
    ] {
        add(name.to_owned(), beside.as_ref().map(|beside| &beside.figures));
        add(format!("- beside {other}"), beside.as_ref().map(|beside| &beside.compared_with));
    }
    if let Some(rows_stored) = &results.rows {
        let stored = |many: u64| short(many as f64);
        add(format!("{} orders stored", stored(rows_stored.stored)), Some(&rows_stored.beside.figures));
        let few = format!("- beside {} stored", stored(rows_stored.stored_before));
        add(few, Some(&rows_stored.beside.compared_with));
    }
    rows
}

fn by_process(results: &Results) -> Vec<Vec<String>> {
    let saga = results.saga.as_ref().map(|saga| &saga.cpu_ms_per_order_by_process);
    let naive = results.naive.as_ref().map(|saga| &saga.cpu_ms_per_order_by_process);
    let http = results.http.as_ref().map(|http| &http.cpu_ms_per_order_by_process);
    let columns = [saga, naive, http];
    let mut names: Vec<&String> = columns.iter().flatten().flat_map(|column| column.keys()).collect();
    names.sort();
    names.dedup();
    let row = |name: &String| {
        let figure = |column: &Option<&std::collections::BTreeMap<String, f64>>| {
            column.and_then(|column| column.get(name)).map_or("-".to_owned(), |ms| format!("{ms:.3}"))
        };
        std::iter::once(name.clone()).chain(columns.iter().map(figure)).collect()
    };
    names.into_iter().map(row).collect()
}

fn over_http(results: &Results) -> Vec<Vec<String>> {
    let pair = |p50: f64, p99: f64| format!("{} / {}", short(p50), short(p99));
    let mut rows = Vec::new();
    if let Some(http) = &results.http {
        rows.push(vec![
            format!("{} clients, as fast as they can", http.connections),
            short(http.orders_per_s),
            short(http.accepted_per_s),
            http.refused.to_string(),
            pair(http.p50_ms, http.p99_ms),
            pair(http.confirmed_p50_ms, http.confirmed_p99_ms),
        ]);
    }
    for step in results.open_loop.iter().flatten() {
        rows.push(vec![
            format!("by the clock, {}/s", short(step.rate)),
            "-".to_owned(),
            "-".to_owned(),
            step.refused.to_string(),
            pair(step.answer_p50_ms, step.answer_p99_ms),
            pair(step.p50_ms, step.p99_ms),
        ]);
    }
    rows
}

fn reads(results: &Results) -> Vec<Vec<String>> {
    let Some(reads) = &results.reads else { return Vec::new() };
    let rows = [
        ("a bare handler with the same body".to_owned(), &reads.bare),
        ("a product, few of them".to_owned(), &reads.product),
        ("- by one client".to_owned(), &reads.product_alone),
        (format!("a product, any of {}", short(reads.products as f64)), &reads.product_uncached),
        ("a product that the client has (304)".to_owned(), &reads.product_unchanged),
        ("a page of a category, by price".to_owned(), &reads.page),
        ("a search, at 200/s".to_owned(), &reads.search),
    ];
    rows.map(|(what, read)| vec![what, short(read.per_s), short(read.p50_ms), short(read.p99_ms)]).to_vec()
}

fn audit(results: &Results) -> Vec<Vec<String>> {
    let row = |audit: &Audited| vec![short(audit.orders as f64), short(audit.events as f64), short(audit.seconds)];
    results.audit.iter().map(row).collect()
}

fn processes(results: &Results) -> Vec<Vec<String>> {
    let memory = results.memory_mb.iter().flatten();
    let mut rows: Vec<Vec<String>> = memory
        .map(|(name, memory)| {
            let ready = results.start.as_ref().and_then(|start| start.ready_ms.get(name));
            vec![name.clone(), short(memory.rest), short(memory.load), ready.map_or("-".to_owned(), |ms| short(*ms))]
        })
        .collect();
    if let Some(start) = &results.start {
        let first = short(start.first_confirmed_ms);
        rows.push(vec!["the first order confirmed".to_owned(), "-".to_owned(), "-".to_owned(), first]);
    }
    rows
}

/// A heading and a table, where there is anything in it.
fn section(text: &mut String, heading: &str, head: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() {
        return;
    }
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells: Vec<String> =
            cells.zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    text.push_str(&format!("\n## {heading}\n\n"));
    text.push_str(&line(&mut head.iter().copied()));
    let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    text.push_str(&line(&mut rules.iter().map(String::as_str)));
    for row in rows {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Output, sample};
    use super::*;

    #[test]
    fn the_page_has_the_figures_and_whether_each_goal_is_reached() {
        let page = document(&Output::of(sample(), None));
        assert!(page.contains("| the saga "), "{page}");
        assert!(page.contains("| reached "), "{page}");
        assert!(page.contains("| not reached |"), "{page}");
        assert!(!page.contains("Changes since"), "{page}");
    }

    #[test]
    fn a_change_for_the_worse_is_shown_as_such() {
        let mut now = sample();
        now.saga.as_mut().unwrap().orders_per_s /= 2.0;
        let page = figures(&Output::of(now, Some(&sample())));
        let line = page.lines().find(|line| line.starts_with("| saga, share of F")).expect("the change");
        assert!(line.contains("| 0.40 ") && line.contains("| 0.20 ") && line.ends_with("| worse |"), "{line}");
    }

    #[test]
    fn every_line_of_a_table_is_as_long_as_the_others() {
        let mut text = String::new();
        section(&mut text, "Names", &["", "name"], &[vec!["고객".to_owned(), "x".to_owned()]]);
        let lengths: Vec<usize> = text.lines().skip(3).map(|line| line.chars().count()).collect();
        assert_eq!(lengths, [13, 13, 13]);
    }
}
