//! The net under the dead letters: what the server says it gave up on.
//!
//! An advisory names a delivery, not the message. A delivery that has a copy in `DEAD_LETTERS` is in good hands; one that
//! has none was given up by something that is not the consumer loop, or before the loop could store a copy.

use std::collections::HashMap;

use async_nats::HeaderMap;
use chrono::{DateTime, Utc};
use livemart_messaging::envelope::{CE_CORRELATION_ID, CE_ID};
use serde::Deserialize;

use super::letter::{DeadLetter, Delivery, Place};

/// What an advisory about a delivery holds (`io.nats.jetstream.advisory.v1.max_deliver` and `.terminated`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Advisory {
    #[serde(skip)]
    pub(super) sequence: u64,
    #[serde(rename = "type")]
    kind: String,
    timestamp: Option<DateTime<Utc>>,
    stream: String,
    consumer: String,
    stream_seq: u64,
    #[serde(default)]
    deliveries: u32,
    /// What the consumer gave as its reason when it ended the delivery.
    reason: Option<String>,
}

impl Advisory {
    pub(super) fn parse(sequence: u64, payload: &[u8]) -> Option<Self> {
        let advisory: Self = serde_json::from_slice(payload).ok()?;
        Some(Self { sequence, ..advisory })
    }

    fn delivery(&self) -> Delivery {
        Delivery { stream: self.stream.clone(), sequence: self.stream_seq, consumer: self.consumer.clone() }
    }

    /// As a letter that has no copy.
    fn letter(&self) -> DeadLetter {
        let terminated = self.kind.ends_with("terminated");
        let error = match (terminated, &self.reason) {
            (true, Some(reason)) => format!("the consumer ended its delivery ({reason}) without a copy"),
            (true, None) => "the consumer ended its delivery without a copy".to_owned(),
            (false, _) => "the server delivered it as often as it may".to_owned(),
        };
        DeadLetter {
            place: Place::Advisory(self.sequence),
            consumer: self.consumer.clone(),
            reason: if terminated { "terminated" } else { "max-deliveries" }.to_owned(),
            subject: String::new(),
            event_id: String::new(),
            order_id: None,
            attempts: self.deliveries,
            first_error: error.clone(),
            last_error: error,
            at: self.timestamp,
            stream: self.stream.clone(),
            stream_sequence: self.stream_seq,
            advisories: Vec::new(),
        }
    }
}

/// Adds the letters that only advisories know of, and tells every letter which advisories are about it.
pub(super) fn complete(letters: &mut Vec<DeadLetter>, advisories: &[Advisory]) {
    let mut places: HashMap<Delivery, usize> =
        letters.iter().enumerate().map(|(place, letter)| (letter.delivery(), place)).collect();
    for advisory in advisories {
        let place = *places.entry(advisory.delivery()).or_insert_with(|| {
            letters.push(advisory.letter());
            letters.len() - 1
        });
        letters[place].advisories.push(advisory.sequence);
    }
}

/// What the message itself says, where it is still in its stream.
pub(super) fn describe(letter: &mut DeadLetter, subject: &str, headers: &HeaderMap) {
    let text = |name: &str| headers.get(name).map(|value| value.as_str().to_owned());
    letter.subject = subject.to_owned();
    letter.event_id = text(CE_ID).unwrap_or_default();
    letter.order_id = text(CE_CORRELATION_ID);
}

#[cfg(test)]
mod tests {
    use livemart_messaging::dead_letter;

    use super::*;

    fn copy(place: u64, sequence: u64) -> DeadLetter {
        let mut headers = HeaderMap::new();
        headers.insert(dead_letter::STREAM, "ORDERS");
        headers.insert(dead_letter::STREAM_SEQUENCE, sequence.to_string());
        headers.insert(dead_letter::CONSUMER, "payment-order-created");
        DeadLetter::copy(place, &headers)
    }

    fn advisory(place: u64, kind: &str, sequence: u64) -> Advisory {
        let json = serde_json::json!({
            "type": format!("io.nats.jetstream.advisory.v1.{kind}"), "id": "x", "timestamp": "2026-01-02T03:04:05.6Z",
            "stream": "ORDERS", "consumer": "payment-order-created", "stream_seq": sequence, "deliveries": 3,
        });
        Advisory::parse(place, json.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_delivery_with_a_copy_is_listed_once_and_one_without_is_not_lost() {
        let mut letters = vec![copy(1, 10)];
        let said = [advisory(5, "terminated", 10), advisory(6, "max_deliver", 11), advisory(7, "terminated", 11)];
        complete(&mut letters, &said);
        let listed: Vec<(Place, Vec<u64>)> =
            letters.iter().map(|letter| (letter.place, letter.advisories.clone())).collect();
        assert_eq!(listed, [(Place::Copy(1), vec![5]), (Place::Advisory(6), vec![6, 7])]);
        assert_eq!((letters[1].reason.as_str(), letters[1].attempts), ("max-deliveries", 3));
    }

    #[test]
    fn the_same_message_dead_for_another_consumer_is_another_letter() {
        let mut letters = vec![copy(1, 10)];
        let mut other = advisory(5, "terminated", 10);
        other.consumer = "inventory-order-failed".to_owned();
        complete(&mut letters, &[other]);
        assert_eq!(letters.len(), 2);
    }

    #[test]
    fn what_is_no_advisory_is_passed_over() {
        assert_eq!(Advisory::parse(1, b"{}"), None);
        assert_eq!(Advisory::parse(1, b"not JSON"), None);
    }
}
