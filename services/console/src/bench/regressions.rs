//! This run beside the last committed one.
//!
//! Two runs may be of two machines, so what counts as a rate is compared as a share of the floor of its own run; times
//! and memory are compared as they are.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::results::Results;

/// A repeated run differs by less than a tenth; beyond this something has changed.
const NOISE: f64 = 0.15;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) of: String,
    pub(crate) before: f64,
    pub(crate) now: f64,
    pub(crate) worse: bool,
}

/// The results in `file` as they are committed; `None` where there are none, or none that this program can read.
pub(super) async fn committed(root: &Path, file: &str) -> Option<Results> {
    let shown = Command::new("git").arg("-C").arg(root).args(["show", &format!("HEAD:{file}")]).output().await.ok()?;
    serde_json::from_slice(&shown.stdout).ok()
}

/// What changed by more than noise. Nothing where the two are of different sizes.
pub(super) fn compare(before: &Results, now: &Results) -> Vec<Change> {
    if before.size != now.size {
        return Vec::new();
    }
    let (before, now) = (figures(before), figures(now));
    let mut changes = Vec::new();
    for figure in &now {
        let Some(earlier) = before.iter().find(|earlier| earlier.of == figure.of) else { continue };
        let grew = figure.value / earlier.value - 1.0;
        if earlier.value > 0.0 && grew.abs() > NOISE {
            let worse = (grew > 0.0) != figure.more_is_better;
            changes.push(Change { of: figure.of.clone(), before: earlier.value, now: figure.value, worse });
        }
    }
    changes
}

struct Figure {
    of: String,
    value: f64,
    more_is_better: bool,
}

fn figures(results: &Results) -> Vec<Figure> {
    let floor = results.floors.pg_commits_per_s;
    let mut figures = Vec::new();
    let mut rate = |of: &str, per_s: Option<f64>| {
        let share = |per_s: f64| Figure { of: format!("{of}, share of F"), value: per_s / floor, more_is_better: true };
        figures.extend(per_s.map(share));
    };
    let per_s = |saga: &super::results::Saga| saga.orders_per_s;
    rate("saga", results.saga.as_ref().map(per_s));
    rate("naive saga", results.naive.as_ref().map(per_s));
    rate("over HTTP", results.http.as_ref().map(|http| http.orders_per_s));
    rate("hot product", results.hot.as_ref().map(|hot| hot.figures.orders_per_s));
    rate("with the Redis lock", results.redis_lock.as_ref().map(|lock| lock.figures.orders_per_s));
    rate("many orders stored", results.rows.as_ref().map(|rows| rows.beside.figures.orders_per_s));
    rate("half failing", results.failing.as_ref().map(|failing| failing.figures.orders_per_s));
    rate("cached product", results.reads.as_ref().map(|reads| reads.product.per_s));
    rate("uncached product", results.reads.as_ref().map(|reads| reads.product_uncached.per_s));
    rate("page of products", results.reads.as_ref().map(|reads| reads.page.per_s));

    let mut less = |of: String, value: Option<f64>| {
        figures.extend(value.map(|value| Figure { of, value, more_is_better: false }));
    };
    less("saga, CPU ms an order".to_owned(), results.saga.as_ref().and_then(|saga| saga.cpu_ms_per_order));
    for step in results.open_loop.iter().flatten() {
        less(format!("confirmed at {}/s, p99 ms", step.rate), Some(step.p99_ms));
    }
    less("search, p99 ms".to_owned(), results.reads.as_ref().map(|reads| reads.search.p99_ms));
    for (name, memory) in results.memory_mb.iter().flatten() {
        less(format!("{name} under load, MiB"), Some(memory.load));
    }
    for (name, ms) in results.start.iter().flat_map(|start| &start.ready_ms) {
        less(format!("{name} ready, ms"), Some(*ms));
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::super::scale::Size;
    use super::*;

    #[test]
    fn a_machine_that_is_half_as_fast_is_no_regression() {
        let before = sample();
        let mut now = before.clone();
        now.floors.pg_commits_per_s /= 2.0;
        now.saga.as_mut().unwrap().orders_per_s /= 2.0;
        now.naive.as_mut().unwrap().orders_per_s /= 2.0;
        assert_eq!(compare(&before, &now), []);
    }

    #[test]
    fn fewer_orders_and_longer_waits_are_worse_and_the_opposite_is_better() {
        let before = sample();
        let mut now = before.clone();
        now.saga.as_mut().unwrap().orders_per_s *= 0.8;
        now.open_loop.as_mut().unwrap()[0].p99_ms *= 2.0;
        now.naive.as_mut().unwrap().orders_per_s *= 1.2;
        let changes = compare(&before, &now);
        let worse: Vec<(&str, bool)> = changes.iter().map(|change| (change.of.as_str(), change.worse)).collect();
        let expected =
            [("saga, share of F", true), ("naive saga, share of F", false), ("confirmed at 50/s, p99 ms", true)];
        assert_eq!(worse, expected);
    }

    #[test]
    fn what_is_within_the_noise_or_of_another_size_is_not_compared() {
        let before = sample();
        let mut now = before.clone();
        now.saga.as_mut().unwrap().orders_per_s *= 0.9;
        assert_eq!(compare(&before, &now), []);
        now.saga.as_mut().unwrap().orders_per_s *= 0.1;
        now.size = Size::Quick;
        assert_eq!(compare(&before, &now), []);
    }
}
