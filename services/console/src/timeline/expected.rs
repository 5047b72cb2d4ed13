//! What is still to come, and by when: the saga's promises against what happened.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use livemart_contracts::Event as _;
use livemart_contracts::events::{OrderCreated, PaymentCaptured, PaymentRefunded, StockReleased};
use livemart_contracts::saga::{EXPECTATIONS, Expectation, Limit, STEP_LIMIT};
use serde::Serialize;
use serde_json::Value;

use super::story::{Outcome, Step};

/// A step that has not happened yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Expected {
    /// Any of these subjects.
    pub(crate) one_of: Vec<&'static str>,
    /// The service that sees to it.
    pub(crate) by: &'static str,
    /// What it follows from.
    pub(crate) after: &'static str,
    pub(crate) due: DateTime<Utc>,
    /// The step is missing.
    pub(crate) overdue: bool,
    /// What is in its way, as far as that is written down somewhere.
    pub(crate) why: Option<String>,
}

/// The steps that are still to come, the most urgent first.
pub(super) fn after(steps: &[Step], now: DateTime<Utc>) -> Vec<Expected> {
    let mut expected: Vec<Expected> = EXPECTATIONS
        .iter()
        .filter(|expectation| expectation.is_open(|subject| happened(subject, steps)))
        .map(|expectation| expect(expectation, steps, now))
        .collect();
    // What several steps lead to is expected once, at the earliest of their times.
    expected.sort_by_key(|expected| expected.due);
    let mut known: Vec<(&str, Vec<&str>)> = Vec::new();
    expected.retain(|expected| {
        let what = (expected.by, expected.one_of.clone());
        let is_new = !known.contains(&what);
        known.push(what);
        is_new
    });
    expected
}

/// What comes back by a refund of the staff is not what the order's end brings back, unless it left no money for that.
fn happened(subject: &str, steps: &[Step]) -> bool {
    let ends_it = |step: &Step| step.data.get("refund_id").is_none_or(Value::is_null);
    let mut said = steps.iter().filter(|step| step.subject == subject);
    match subject {
        StockReleased::SUBJECT => said.any(ends_it),
        PaymentRefunded::SUBJECT => said.any(ends_it) || is_all_given_back(steps),
        _ => said.next().is_some(),
    }
}

fn is_all_given_back(steps: &[Step]) -> bool {
    let sum = |subject: &str| -> i64 {
        let said = steps.iter().filter(|step| step.subject == subject);
        said.filter_map(|step| step.data.pointer("/amount/amount")?.as_i64()).sum()
    };
    let captured = sum(PaymentCaptured::SUBJECT);
    captured > 0 && sum(PaymentRefunded::SUBJECT) >= captured
}

fn expect(expectation: &Expectation, steps: &[Step], now: DateTime<Utc>) -> Expected {
    // Said again, a fact is as old as when it was said first.
    let first = |subject: &str| steps.iter().filter(|step| step.subject == subject).map(|step| step.time).min();
    // It follows from the later of the two.
    let since =
        [Some(expectation.after), expectation.given].into_iter().flatten().filter_map(first).max().unwrap_or(now);
    let due = match expectation.limit {
        Limit::Deadline => deadline(steps).unwrap_or(since + delta(STEP_LIMIT)),
        Limit::After(limit) => since + delta(limit),
    };
    Expected {
        one_of: expectation.one_of.to_vec(),
        by: expectation.by,
        after: expectation.after,
        due,
        overdue: now > due,
        why: obstacle(expectation, steps),
    }
}

fn delta(limit: Duration) -> TimeDelta {
    TimeDelta::from_std(limit).unwrap_or(TimeDelta::MAX)
}

fn deadline(steps: &[Step]) -> Option<DateTime<Utc>> {
    let created = steps.iter().find(|step| step.subject == OrderCreated::SUBJECT)?;
    created.data.get("expires_at").and_then(Value::as_str)?.parse().ok()
}

fn obstacle(expectation: &Expectation, steps: &[Step]) -> Option<String> {
    let of_service = format!("{}-", expectation.by);
    let causes = || steps.iter().filter(|step| step.subject == expectation.after);
    let readers = || causes().flat_map(|step| &step.readers).filter(|reader| reader.consumer.starts_with(&of_service));
    for reader in readers() {
        let consumer = &reader.consumer;
        match &reader.outcome {
            Outcome::Dead { letter, reason, .. } => {
                return Some(format!("{consumer} gave up ({reason}): just dlq show {letter}"));
            }
            Outcome::Waiting => return Some(format!("{consumer} has not decided")),
            Outcome::Decided { .. } => {}
        }
    }
    let call = steps.iter().flat_map(|step| &step.calls).find(|call| call.status == "waiting")?;
    if !call.kind.starts_with(expectation.by) {
        return None;
    }
    let error = call.last_error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
    Some(format!("{} waits after {} attempts{error}", call.kind, call.attempts))
}
