//! Following an order: how much of its story somebody has seen, and whether it goes on.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use livemart_contracts::events::{
    FailureCode, OrderConfirmed, OrderCreated, OrderFailed, PaymentAuthorized, PaymentFailed, StockFailed,
    StockReserved,
};
use livemart_contracts::saga::EXPECTATIONS;
use livemart_contracts::{Event, EventId};
use serde::Deserialize;
use serde_json::Value;

/// What tells one event of an order from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Of the order service's own, which have their order: the first, the second.
    Own(u32),
    /// Of another service's, which come by ways of their own, in no order that could be relied on: the last group of digits of its
    /// id, 48 bits of chance.
    Heard(u64),
}

impl Mark {
    /// Hexadecimal, of what was heard.
    pub const DIGITS: u8 = 12;

    pub fn of(event_id: EventId) -> Self {
        let [.., a, b, c, d, e, f] = event_id.uuid().into_bytes();
        Self::Heard(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }
}

/// Marks in an id at most: a kilobyte. Who saw more, which takes an outage in which services asked for hours, is told again what is
/// older.
const WRITTEN: usize = 80;

/// What somebody has seen of an order. Written `2.5d0c3f1e9ab4`, how many of the order service's own and the marks of what was heard of
/// others: what a client sends back as `Last-Event-ID`, to any replica.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    own: u32,
    /// In the order in which they were seen.
    heard: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("send the id of the last event as it came, such as 2.5d0c3f1e9ab4")]
pub struct NoEventId;

impl Seen {
    pub fn own(&self) -> u32 {
        self.own
    }

    /// The marks of all that was heard, with dots between them.
    pub fn heard(&self) -> String {
        written(&self.heard)
    }

    pub fn note(&mut self, mark: Mark) {
        match mark {
            Mark::Own(place) => self.own = place,
            Mark::Heard(mark) => self.heard.push(mark),
        }
    }

    pub fn covers(&self, mark: Mark) -> bool {
        match mark {
            Mark::Own(place) => place <= self.own,
            Mark::Heard(mark) => self.heard.contains(&mark),
        }
    }
}

fn written(marks: &[u64]) -> String {
    let marks: Vec<String> =
        marks.iter().map(|mark| format!("{mark:0width$x}", width = usize::from(Mark::DIGITS))).collect();
    marks.join(".")
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.own)?;
        match &self.heard[self.heard.len().saturating_sub(WRITTEN)..] {
            [] => Ok(()),
            marks => write!(f, ".{}", written(marks)),
        }
    }
}

impl FromStr for Seen {
    type Err = NoEventId;

    fn from_str(text: &str) -> Result<Self, NoEventId> {
        let mut parts = text.split('.');
        let own = parts.next().and_then(|own| own.parse().ok()).ok_or(NoEventId)?;
        let mark = |part: &str| match part.len() == usize::from(Mark::DIGITS)
            && part.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            true => u64::from_str_radix(part, 16).map_err(|_| NoEventId),
            false => Err(NoEventId),
        };
        let heard: Vec<u64> = parts.by_ref().take(WRITTEN).map(mark).collect::<Result<_, _>>()?;
        if parts.next().is_some() { Err(NoEventId) } else { Ok(Self { own, heard }) }
    }
}

/// What was heard of an order so far.
#[derive(Debug, Clone, Default)]
pub struct Story {
    subjects: BTreeSet<String>,
    failure: Option<FailureCode>,
}

impl Story {
    /// Takes in an event, by its subject and its data.
    pub fn hear(&mut self, subject: &str, data: &Value) {
        if subject == OrderFailed::SUBJECT {
            self.failure = FailureCode::deserialize(&data["failure"]["code"]).ok();
        }
        self.subjects.insert(subject.to_owned());
    }

    /// Whether the saga has nothing more to tell. Of an order that is cancelled or late, money and goods may still turn up
    /// of which nothing was heard; and the staff may ship an order days later.
    pub fn is_over(&self) -> bool {
        let happened = |subject: &str| self.subjects.contains(subject);
        happened(OrderCreated::SUBJECT)
            && self.reasons().iter().all(|subject| happened(subject))
            && !EXPECTATIONS.iter().any(|expectation| expectation.is_open(happened))
    }

    /// What the decision follows from: it may be heard before them.
    fn reasons(&self) -> &'static [&'static str] {
        match self.failure {
            Some(FailureCode::PaymentDeclined) => &[PaymentFailed::SUBJECT],
            Some(FailureCode::OutOfStock) => &[PaymentAuthorized::SUBJECT, StockFailed::SUBJECT],
            None if self.subjects.contains(OrderConfirmed::SUBJECT) => {
                &[PaymentAuthorized::SUBJECT, StockReserved::SUBJECT]
            }
            Some(FailureCode::TimedOut) | None => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_seen_is_read_as_it_was_written() {
        let ids: Vec<EventId> = (0..3).map(|_| Clock::default().new_id()).collect();
        let mut seen = Seen::default();
        assert_eq!(seen.to_string(), "0");
        seen.note(Mark::Own(2));
        assert_eq!(seen.to_string(), "2");
        ids[..2].iter().for_each(|id| seen.note(Mark::of(*id)));
        let end = |id: &EventId| id.uuid().to_string().split('-').next_back().map(str::to_owned).unwrap();
        assert_eq!(seen.to_string(), format!("2.{}.{}", end(&ids[0]), end(&ids[1])));
        assert_eq!(seen.to_string().parse(), Ok(seen.clone()));
        assert!(seen.covers(Mark::Own(2)) && !seen.covers(Mark::Own(3)));
        assert!(seen.covers(Mark::of(ids[1])) && !seen.covers(Mark::of(ids[2])));
        for text in ["", "2.", "2.0", "2.5d0c3f1e9ab", "-1", "2.5D0C3F1E9AB4x", "2..5d0c3f1e9ab4", "99999999999"] {
            assert_eq!(text.parse::<Seen>(), Err(NoEventId), "{text}");
        }
    }

    #[test]
    fn of_a_story_without_end_the_newest_marks_are_written_and_no_more_are_read() {
        let mut seen = Seen::default();
        let marks = 0..u64::try_from(WRITTEN).unwrap() + 5;
        marks.clone().for_each(|mark| seen.note(Mark::Heard(mark)));
        let read: Seen = seen.to_string().parse().unwrap();
        assert!(marks.clone().all(|mark| seen.covers(Mark::Heard(mark))), "whoever follows is told nothing twice");
        assert!(!read.covers(Mark::Heard(4)) && read.covers(Mark::Heard(5)) && read.covers(Mark::Heard(marks.end - 1)));
        assert_eq!(format!("{read}.5d0c3f1e9ab4").parse::<Seen>(), Err(NoEventId));
    }

    fn is_over(subjects: &[&str], failure: &str) -> bool {
        let mut story = Story::default();
        subjects.iter().for_each(|subject| story.hear(subject, &json!({ "failure": { "code": failure } })));
        story.is_over()
    }

    #[test]
    fn a_paid_order_has_no_more_to_tell_when_every_step_was_told() {
        let paid = [
            "order.created",
            "payment.authorized",
            "stock.reserved",
            "order.confirmed",
            "payment.captured",
            "stock.committed",
        ];
        assert!(is_over(&paid, ""));
        for missing in paid {
            let told: Vec<&str> = paid.into_iter().filter(|subject| *subject != missing).collect();
            assert!(!is_over(&told, ""), "without {missing}");
        }
        assert!(!is_over(&[], ""));
    }

    #[test]
    fn a_failure_is_told_with_its_reason() {
        assert!(!is_over(&["order.created", "order.failed"], "payment-declined"));
        assert!(is_over(&["order.created", "order.failed", "payment.failed"], "payment-declined"));
        let short = ["order.created", "payment.authorized", "order.failed", "stock.failed"];
        assert!(!is_over(&short, "out-of-stock"), "the hold was not released");
        assert!(is_over(&[&short[..], &["payment.voided"]].concat(), "out-of-stock"));
        assert!(is_over(&["order.created", "order.failed"], "timed-out"));
        assert!(is_over(&["order.created", "order.cancelled"], ""));
    }
}
