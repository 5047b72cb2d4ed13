//! Puts what was found together: steps in the order in which one led to another.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use livemart_contracts::{EventId, OrderId};
use serde::Serialize;
use serde_json::Value;

use super::event::Event;
use super::expected::{self, Expected};
use super::findings::{Call, Findings};

/// The saga of one order. `--json` prints it; programs rely on every name in it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Story {
    pub(crate) order_id: OrderId,
    /// By the last decision of the order service: `pending`, `confirmed`, `failed`, …
    pub(crate) status: String,
    /// By the last fact of the payment service; none before its first.
    pub(crate) payment: Option<String>,
    pub(crate) started_at: DateTime<Utc>,
    /// From the first fact to the last.
    pub(crate) took_ms: i64,
    /// Nothing more is expected.
    pub(crate) complete: bool,
    pub(crate) steps: Vec<Step>,
    pub(crate) expected: Vec<Expected>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Step {
    pub(crate) subject: String,
    pub(crate) source: String,
    pub(crate) time: DateTime<Utc>,
    /// Since its cause; none for what a request or a timer began.
    pub(crate) after_ms: Option<i64>,
    pub(crate) event_id: EventId,
    pub(crate) cause: Option<EventId>,
    pub(crate) trace_id: Option<String>,
    pub(crate) stream: String,
    pub(crate) sequence: u64,
    /// How many causes are above it.
    pub(crate) depth: usize,
    pub(crate) note: Option<String>,
    pub(crate) data: Value,
    #[serde(rename = "consumers")]
    pub(crate) readers: Vec<ReaderDecision>,
    /// Calls to the outside that it led to.
    pub(crate) calls: Vec<Call>,
}

/// What became of a fact at one of its readers.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ReaderDecision {
    pub(crate) consumer: String,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Outcome {
    /// `applied`, `duplicate` or `ignored`.
    Decided { decision: String, reason: Option<String>, at: DateTime<Utc>, after_ms: i64 },
    /// Given up, and not sent again with success yet.
    Dead { decision: Dead, letter: String, reason: String, attempts: u32, error: String },
    #[serde(serialize_with = "waiting")]
    Waiting,
}

/// The one word that `decision` is where the reader gave up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Dead {
    DeadLetter,
}

fn waiting<S: serde::Serializer>(serializer: S) -> Result<S::Ok, S::Error> {
    HashMap::from([("decision", "waiting")]).serialize(serializer)
}

impl Story {
    /// Of at least one event.
    pub(super) fn assemble(order_id: OrderId, findings: Findings, now: DateTime<Utc>) -> Self {
        let steps = steps(&findings);
        let expected = expected::after(&steps, now);
        let started_at = steps.iter().map(|step| step.time).min().unwrap_or(now);
        let ended_at = steps.iter().map(|step| step.time).max().unwrap_or(now);
        Self {
            order_id,
            status: match last(&steps, "order.").as_deref() {
                None | Some("created") => "pending".to_owned(),
                Some(decision) => decision.to_owned(),
            },
            payment: last(&steps, "payment."),
            started_at,
            took_ms: (ended_at - started_at).num_milliseconds(),
            complete: expected.is_empty(),
            steps,
            expected,
        }
    }
}

/// The newest fact of a context: `captured` of `payment.captured`. That somebody asks changes nothing.
fn last(steps: &[Step], context: &str) -> Option<String> {
    let facts = steps.iter().filter_map(|step| Some((step.time, step.sequence, step.subject.strip_prefix(context)?)));
    facts.filter(|(.., fact)| *fact != "stalled").max().map(|(.., fact)| fact.to_owned())
}

/// Every event once, each below its cause, and what began by itself in the order of time.
fn steps(findings: &Findings) -> Vec<Step> {
    let mut events: Vec<&Event> = findings.events.iter().collect();
    events.sort_by_key(|event| (event.time, event.sequence));
    let mut seen = HashSet::new();
    events.retain(|event| seen.insert(event.id));

    let times: HashMap<EventId, DateTime<Utc>> = events.iter().map(|event| (event.id, event.time)).collect();
    let known_cause = |event: &Event| event.cause.filter(|cause| times.contains_key(cause));
    let mut effects: HashMap<Option<EventId>, Vec<&Event>> = HashMap::new();
    for event in &events {
        effects.entry(known_cause(event)).or_default().push(event);
    }
    // A stack, so the latest goes in first. What is taken out of `effects` cannot be met twice.
    let mut stack: Vec<(&Event, usize)> = Vec::new();
    let mut push = |stack: &mut Vec<_>, cause: Option<EventId>, depth: usize| {
        stack.extend(effects.remove(&cause).unwrap_or_default().into_iter().rev().map(|event| (event, depth)));
    };
    push(&mut stack, None, 0);
    let mut steps = Vec::with_capacity(events.len());
    while let Some((event, depth)) = stack.pop() {
        let caused_at = known_cause(event).and_then(|cause| times.get(&cause));
        steps.push(step(event, depth, caused_at.copied(), findings));
        push(&mut stack, Some(event.id), depth + 1);
    }
    steps
}

fn step(event: &Event, depth: usize, caused_at: Option<DateTime<Utc>>, findings: &Findings) -> Step {
    let readers = findings.readers.iter().filter(|reader| reader.subjects.contains(&event.subject));
    Step {
        subject: event.subject.clone(),
        source: event.source.clone(),
        time: event.time,
        after_ms: caused_at.map(|caused_at| (event.time - caused_at).num_milliseconds()),
        event_id: event.id,
        cause: event.cause,
        trace_id: event.trace_id.clone(),
        stream: event.stream.clone(),
        sequence: event.sequence,
        depth,
        note: event.note(),
        data: event.data.clone(),
        readers: readers
            .map(|reader| ReaderDecision {
                consumer: reader.durable.clone(),
                outcome: outcome(event, &reader.durable, findings),
            })
            .collect(),
        calls: findings.calls.iter().filter(|call| call.cause == Some(event.id)).cloned().collect(),
    }
}

fn outcome(event: &Event, consumer: &str, findings: &Findings) -> Outcome {
    let mut decisions = findings.decisions.iter();
    if let Some(decided) = decisions.find(|decided| decided.consumer == consumer && decided.event == event.id) {
        return Outcome::Decided {
            decision: decided.decision.clone(),
            reason: decided.reason.clone(),
            at: decided.at,
            after_ms: (decided.at - event.time).num_milliseconds(),
        };
    }
    let event_id = event.id.to_string();
    let mut dead = findings.dead.iter();
    match dead.find(|letter| letter.consumer == consumer && letter.event_id == event_id) {
        Some(letter) => Outcome::Dead {
            decision: Dead::DeadLetter,
            letter: letter.place.to_string(),
            reason: letter.reason.clone(),
            attempts: letter.attempts,
            error: letter.last_error.clone(),
        },
        None => Outcome::Waiting,
    }
}
