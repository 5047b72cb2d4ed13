//! The picture of a saga for a terminal.

use chrono::{DateTime, Utc};

use super::expected::Expected;
use super::findings::Call;
use super::story::{Outcome, Step, Story};
use crate::terminal::{Terminal, say};

pub(crate) fn print(story: &Story, now: DateTime<Utc>, terminal: Terminal) {
    let payment = story.payment.as_deref().map(|payment| format!(", payment {payment}")).unwrap_or_default();
    let title = format!("{}  {}{payment}", story.order_id, story.status);
    say!("{}  {} in {}", terminal.bold(&title), story.started_at.format("%F %T%.3f UTC"), span(story.took_ms));
    for step in &story.steps {
        print_step(step, terminal);
    }
    for expected in &story.expected {
        print_expected(expected, now, terminal);
    }
    if story.complete {
        let readers = story.steps.iter().flat_map(|step| &step.readers);
        let undecided = readers.filter(|reader| !matches!(reader.outcome, Outcome::Decided { .. })).count();
        say!("");
        match undecided {
            0 => say!("{}", terminal.good("nothing more is expected")),
            more => {
                say!("{}", terminal.unsure(&format!("nothing more is expected, but {more} readers have not decided")))
            }
        }
    }
}

fn print_step(step: &Step, terminal: Terminal) {
    let indent = "  ".repeat(step.depth);
    let arrow = if step.depth == 0 { "" } else { "└ " };
    let when = match step.after_ms {
        Some(after) => format!("+{}", span(after)),
        None => step.time.format("%T%.3f").to_string(),
    };
    let subject = format!("{indent}{arrow}{}", step.subject);
    let note = step.note.as_deref().map(|note| format!("  {note}")).unwrap_or_default();
    say!("");
    say!("{} {:<10} {when:>12}{note}", terminal.bold(&format!("{subject:<32}")), step.source);
    let trace = step.trace_id.as_deref().unwrap_or("-");
    let below = format!("{indent}{}", if step.depth == 0 { "  " } else { "    " });
    say!("{below}{}", terminal.dim(&format!("{}  {} {}  trace {trace}", step.event_id, step.stream, step.sequence)));
    for reader in &step.readers {
        say!("{below}{:<30} {}", reader.consumer, outcome(&reader.outcome, terminal));
    }
    for call in &step.calls {
        say!("{below}{:<30} {}", format!("call {}", call.kind), fate(call, terminal));
    }
}

fn outcome(outcome: &Outcome, terminal: Terminal) -> String {
    match outcome {
        Outcome::Decided { decision, reason, after_ms, .. } => {
            let decision = if decision == "applied" { terminal.good(decision) } else { terminal.unsure(decision) };
            let reason = reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            format!("{decision} after {}{reason}", span(*after_ms))
        }
        Outcome::Dead { letter, reason, attempts, error, .. } => {
            let dead = terminal.bad("dead letter");
            format!("{dead} {letter}, {reason} after {}: {error}", many(*attempts, "delivery", "deliveries"))
        }
        Outcome::Waiting => terminal.unsure("waiting"),
    }
}

fn fate(call: &Call, terminal: Terminal) -> String {
    let attempts = many(call.attempts, "attempt", "attempts");
    match call.done_at {
        Some(done_at) => {
            let took = span((done_at - call.asked_at).num_milliseconds());
            format!("{} in {took}, {attempts}", terminal.good("done"))
        }
        None => {
            let error = call.last_error.as_deref().unwrap_or("no answer yet");
            let due = call.due_at.format("%T");
            format!("{}, {attempts}, tried again at {due}: {error}", terminal.unsure("waiting"))
        }
    }
}

fn print_expected(expected: &Expected, now: DateTime<Utc>, terminal: Terminal) {
    let what = format!("{} by {}", expected.one_of.join(" or "), expected.by);
    let away = span((expected.due - now).num_milliseconds().abs());
    say!("");
    if expected.overdue {
        say!("{} {what}, due {away} ago, after {}", terminal.bad("missing "), expected.after);
    } else {
        say!("{} {what}, due in {away}, after {}", terminal.unsure("expected"), expected.after);
    }
    if let Some(why) = &expected.why {
        say!("         {why}");
    }
}

fn many<N: Into<i64> + Copy>(number: N, one: &str, more: &str) -> String {
    let number = number.into();
    format!("{number} {}", if number == 1 { one } else { more })
}

/// Milliseconds, in the unit that a person reads best.
fn span(milliseconds: i64) -> String {
    match milliseconds.abs() {
        0..10_000 => format!("{milliseconds} ms"),
        10_000..600_000 => format!("{} s", milliseconds / 1_000),
        _ => format!("{} min", milliseconds / 60_000),
    }
}
