//! Following an order: how much of its story somebody has seen, and whether it goes on.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use livemart_contracts::Event;
use livemart_contracts::events::{
    FailureCode, OrderConfirmed, OrderCreated, OrderFailed, PaymentAuthorized, PaymentFailed, StockFailed,
    StockReserved,
};
use livemart_contracts::saga::EXPECTATIONS;
use serde::Deserialize;
use serde_json::Value;

/// Whose events they are. Each of them is counted by itself: they come by ways of their own, in no order among each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Order,
    Payment,
    Stock,
}

impl Source {
    pub const ALL: [Self; 3] = [Self::Order, Self::Payment, Self::Stock];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Payment => "payment",
            Self::Stock => "stock",
        }
    }
}

/// How many events of each source somebody has seen, always the first ones. Written `2.1.0`: what a client sends back as
/// `Last-Event-ID`, to any replica.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    counts: [u32; 3],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("send the id of the last event as it came, such as 2.1.0")]
pub struct NoEventId;

impl Seen {
    pub fn of(&self, source: Source) -> u32 {
        self.counts[source as usize]
    }

    /// After the event at `place`, from 1, of `source`.
    pub fn note(&mut self, source: Source, place: u32) {
        self.counts[source as usize] = place;
    }

    pub fn covers(&self, source: Source, place: u32) -> bool {
        place <= self.of(source)
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [order, payment, stock] = self.counts;
        write!(f, "{order}.{payment}.{stock}")
    }
}

impl FromStr for Seen {
    type Err = NoEventId;

    fn from_str(text: &str) -> Result<Self, NoEventId> {
        let counts: Vec<u32> = text.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| NoEventId)?;
        Ok(Self { counts: counts.try_into().map_err(|_| NoEventId)? })
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
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_seen_is_read_as_it_was_written() {
        let mut seen = Seen::default();
        seen.note(Source::Order, 2);
        seen.note(Source::Stock, 1);
        assert_eq!(seen.to_string(), "2.0.1");
        assert_eq!("2.0.1".parse(), Ok(seen));
        assert!(seen.covers(Source::Order, 2) && !seen.covers(Source::Order, 3) && !seen.covers(Source::Payment, 1));
        for text in ["", "2", "2.0", "2.0.1.0", "2.0.-1", "a.b.c", "2..1", "99999999999.0.0"] {
            assert_eq!(text.parse::<Seen>(), Err(NoEventId), "{text}");
        }
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
