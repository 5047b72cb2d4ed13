//! Sagas put together from findings.

use chrono::{DateTime, TimeDelta, Utc};
use livemart_contracts::saga::STEP_LIMIT;
use livemart_contracts::{Clock, EventId, OrderId, Stream};
use serde_json::{Value, json};

use super::event::Event;
use super::findings::{Call, Decision, Findings, Reader};
use super::story::{Outcome, Story};
use crate::dead_letters::DeadLetter;

/// A saga that is written down fact by fact.
struct Saga {
    order: OrderId,
    begun: DateTime<Utc>,
    findings: Findings,
}

impl Saga {
    fn begin() -> Self {
        let (order, begun) = (Clock::default().new_id(), Clock::default().now());
        let findings = Findings { events: vec![], readers: vec![], decisions: vec![], dead: vec![], calls: vec![] };
        Self { order, begun, findings }
    }

    /// `subject`, so many milliseconds after the beginning.
    fn fact(&mut self, subject: &str, after: i64, cause: Option<EventId>) -> EventId {
        let id = Clock::default().new_id();
        let stream = Stream::of_subject(subject).unwrap();
        let data = match subject {
            "order.created" => json!({"expires_at": self.begun + TimeDelta::seconds(60)}),
            _ => Value::Null,
        };
        self.findings.events.push(Event {
            id,
            subject: subject.to_owned(),
            source: stream.context().to_owned(),
            time: self.at(after),
            cause,
            trace_id: None,
            stream: stream.name().to_owned(),
            sequence: self.findings.events.len() as u64,
            data,
        });
        id
    }

    /// As [`fact`](Self::fact), with a body.
    fn fact_with(&mut self, subject: &str, after: i64, data: Value) {
        self.fact(subject, after, None);
        self.findings.events.last_mut().unwrap().data = data;
    }

    fn reads(&mut self, durable: &str, subject: &str) {
        let (durable, subjects) = (durable.to_owned(), vec![subject.to_owned()]);
        self.findings.readers.push(Reader { durable, subjects });
    }

    fn decides(&mut self, consumer: &str, event: EventId, decision: &str, after: i64) {
        let (consumer, decision, at) = (consumer.to_owned(), decision.to_owned(), self.at(after));
        self.findings.decisions.push(Decision { consumer, event, decision, reason: None, at });
    }

    fn at(&self, after: i64) -> DateTime<Utc> {
        self.begun + TimeDelta::milliseconds(after)
    }

    /// The story as it is told so many milliseconds after the beginning.
    fn told(self, after: i64) -> Story {
        let now = self.at(after);
        Story::assemble(self.order, self.findings, now)
    }
}

fn subjects(story: &Story) -> Vec<(usize, &str)> {
    story.steps.iter().map(|step| (step.depth, step.subject.as_str())).collect()
}

#[test]
fn each_step_stands_below_its_cause_and_says_how_long_after_it() {
    let mut saga = Saga::begin();
    let created = saga.fact("order.created", 0, None);
    let authorized = saga.fact("payment.authorized", 20, Some(created));
    let reserved = saga.fact("stock.reserved", 30, Some(authorized));
    let confirmed = saga.fact("order.confirmed", 35, Some(reserved));
    let captured = saga.fact("payment.captured", 50, Some(confirmed));
    saga.fact("stock.committed", 40, Some(confirmed));
    // Streams are read side by side, so what is found has no order.
    saga.findings.events.reverse();
    let story = saga.told(100);
    assert_eq!(
        subjects(&story),
        [
            (0, "order.created"),
            (1, "payment.authorized"),
            (2, "stock.reserved"),
            (3, "order.confirmed"),
            (4, "stock.committed"),
            (4, "payment.captured"),
        ]
    );
    let last = story.steps.last().unwrap();
    assert_eq!((last.event_id, last.after_ms, last.cause), (captured, Some(15), Some(confirmed)));
    assert_eq!((story.status.as_str(), story.payment.as_deref()), ("confirmed", Some("captured")));
    assert_eq!((story.took_ms, story.complete), (50, true));
}

#[test]
fn a_fact_that_is_stored_twice_is_one_step_and_one_without_its_cause_begins_by_itself() {
    let mut saga = Saga::begin();
    saga.fact("order.created", 0, None);
    let again = saga.findings.events[0].clone();
    saga.findings.events.push(Event { sequence: 99, ..again });
    saga.fact("order.failed", 60_000, Some(Clock::default().new_id()));
    assert_eq!(subjects(&saga.told(61_000)), [(0, "order.created"), (0, "order.failed")]);
}

#[test]
fn each_reader_of_a_fact_is_shown_with_what_it_decided_or_that_it_has_not() {
    let mut saga = Saga::begin();
    let created = saga.fact("order.created", 0, None);
    for durable in ["payment-order-created", "analytics", "audit"] {
        saga.reads(durable, "order.created");
    }
    saga.reads("order-payments", "payment.captured");
    saga.decides("payment-order-created", created, "applied", 7);
    saga.findings.dead.push(dead(saga.order, created, "analytics"));
    let story = saga.told(10);
    let step = &story.steps[0];
    let readers: Vec<(&str, Value)> = step
        .readers
        .iter()
        .map(|reader| (reader.consumer.as_str(), serde_json::to_value(reader).unwrap()["decision"].clone()))
        .collect();
    assert_eq!(
        readers,
        [("payment-order-created", json!("applied")), ("analytics", json!("dead-letter")), ("audit", json!("waiting"))]
    );
    assert!(matches!(step.readers[0].outcome, Outcome::Decided { after_ms: 7, .. }));
}

#[test]
fn a_dead_letter_that_was_applied_after_all_counts_as_applied() {
    let mut saga = Saga::begin();
    let created = saga.fact("order.created", 0, None);
    saga.reads("payment-order-created", "order.created");
    saga.findings.dead.push(dead(saga.order, created, "payment-order-created"));
    saga.decides("payment-order-created", created, "applied", 9);
    assert!(matches!(saga.told(10).steps[0].readers[0].outcome, Outcome::Decided { .. }));
}

#[test]
fn what_comes_next_is_expected_by_its_deadline_and_missing_after_it() {
    let told = |after| {
        let mut saga = Saga::begin();
        let created = saga.fact("order.created", 0, None);
        saga.fact("payment.authorized", 20, Some(created));
        let due = saga.at(20) + STEP_LIMIT;
        (saga.told(after), due)
    };
    let (story, due) = told(100);
    let next = &story.expected[0];
    assert_eq!(
        (next.one_of.as_slice(), next.by, next.due),
        (&["stock.reserved", "stock.failed"][..], "inventory", due)
    );
    assert!(!next.overdue && !story.complete);
    // The decision of the order has until the order's own deadline.
    assert_eq!(story.expected[1].by, "order");
    assert_eq!(story.expected[1].due, story.started_at + TimeDelta::seconds(60));
    let (story, _) = told(31_000);
    assert_eq!(story.expected.iter().map(|expected| expected.overdue).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn what_follows_from_two_facts_is_due_after_the_later_one_said_for_the_first_time() {
    let mut saga = Saga::begin();
    let created = saga.fact("order.created", 0, None);
    saga.fact("payment.authorized", 20, Some(created));
    saga.fact("order.cancelled", 50_000, None);
    saga.fact("order.cancelled", 80_000, None);
    let due = saga.at(50_000) + STEP_LIMIT;
    let story = saga.told(60_000);
    assert_eq!(story.expected.len(), 1, "{:?}", story.expected);
    assert_eq!((story.expected[0].by, story.expected[0].due), ("payment", due));
}

#[test]
fn what_came_back_by_a_refund_of_the_staff_is_not_what_a_later_cancellation_brings_back() {
    let won = |amount: i64| json!({"amount": amount, "currency": "KRW"});
    let refunded = |amount| {
        let mut saga = Saga::begin();
        for (subject, after) in
            [("order.created", 0), ("payment.authorized", 20), ("stock.reserved", 30), ("order.confirmed", 35)]
        {
            saga.fact(subject, after, None);
        }
        saga.fact("stock.committed", 40, None);
        saga.fact_with("payment.captured", 50, json!({"amount": won(5_000)}));
        saga.fact_with("payment.refunded", 60, json!({"amount": won(amount), "refund_id": "rfd_1"}));
        saga.fact_with("stock.released", 70, json!({"refund_id": "rfd_1"}));
        saga
    };
    let expected = |saga: Saga| -> Vec<&str> { saga.told(200).expected.iter().map(|expected| expected.by).collect() };
    assert!(refunded(1_000).told(200).complete, "a refund alone leads to nothing more");

    let mut cancelled = refunded(1_000);
    cancelled.fact("order.cancelled", 100, None);
    assert_eq!(expected(cancelled), ["payment", "inventory"]);

    let mut with_nothing_left = refunded(5_000);
    with_nothing_left.fact("order.cancelled", 100, None);
    assert_eq!(expected(with_nothing_left), ["inventory"], "all of the money is back");

    let mut over = refunded(1_000);
    over.fact("order.cancelled", 100, None);
    over.fact_with("payment.refunded", 110, json!({"amount": won(4_000)}));
    over.fact("stock.released", 120, None);
    assert!(over.told(200).complete);
}

#[test]
fn a_missing_step_says_what_is_in_its_way() {
    let confirmed = || {
        let mut saga = Saga::begin();
        let created = saga.fact("order.created", 0, None);
        let authorized = saga.fact("payment.authorized", 20, Some(created));
        let reserved = saga.fact("stock.reserved", 30, Some(authorized));
        let confirmed = saga.fact("order.confirmed", 35, Some(reserved));
        saga.fact("stock.committed", 40, Some(confirmed));
        saga.reads("payment-order-confirmed", "order.confirmed");
        (saga, confirmed)
    };
    let why = |saga: Saga| {
        let story = saga.told(100);
        assert_eq!(story.expected.len(), 1, "{:?}", story.expected);
        story.expected[0].why.clone()
    };
    let (saga, _) = confirmed();
    assert_eq!(why(saga).as_deref(), Some("payment-order-confirmed has not decided"));

    let (mut saga, event) = confirmed();
    saga.findings.dead.push(dead(saga.order, event, "payment-order-confirmed"));
    assert_eq!(why(saga).as_deref(), Some("payment-order-confirmed gave up (): just dlq show 3"));

    let (mut saga, event) = confirmed();
    saga.decides("payment-order-confirmed", event, "applied", 45);
    saga.findings.calls.push(Call {
        cause: Some(event),
        kind: "payment.capture".to_owned(),
        status: "waiting".to_owned(),
        attempts: 4,
        last_error: Some("the provider is down".to_owned()),
        asked_at: saga.begun,
        due_at: saga.begun,
        done_at: None,
    });
    assert_eq!(why(saga).as_deref(), Some("payment.capture waits after 4 attempts: the provider is down"));
}

fn dead(order: OrderId, event: EventId, consumer: &str) -> DeadLetter {
    use livemart_messaging::{dead_letter, envelope};

    let mut headers = async_nats::HeaderMap::new();
    headers.insert(envelope::CE_ID, event.to_string());
    headers.insert(envelope::CE_CORRELATION_ID, order.to_string());
    headers.insert(dead_letter::CONSUMER, consumer);
    DeadLetter::copy(3, &headers)
}
