//! One dead letter, as its headers tell its story.

use std::fmt;
use std::str::FromStr;

use async_nats::HeaderMap;
use chrono::{DateTime, Utc};
use livemart_messaging::dead_letter;
use livemart_messaging::envelope::{CE_CORRELATION_ID, CE_ID};
use serde::{Serialize, Serializer};

/// Where a dead letter lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Its sequence in `DEAD_LETTERS`.
    Copy(u64),
    /// There is no copy: the sequence of an advisory of the server in `ADVISORIES`.
    Advisory(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Copy(sequence) => write!(f, "{sequence}"),
            Self::Advisory(sequence) => write!(f, "a{sequence}"),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Place {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix('a') {
            Some(sequence) => sequence.parse().map(Self::Advisory),
            None => text.parse().map(Self::Copy),
        }
    }
}

/// Which delivery failed: of which message to which consumer. One copy, and any number of advisories, are about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Delivery {
    pub(super) stream: String,
    pub(super) sequence: u64,
    pub(super) consumer: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct DeadLetter {
    #[serde(rename = "seq")]
    pub(crate) place: Place,
    pub(crate) consumer: String,
    pub(crate) reason: String,
    pub(crate) subject: String,
    pub(crate) event_id: String,
    /// The order whose saga it belongs to.
    pub(crate) order_id: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) first_error: String,
    pub(crate) last_error: String,
    pub(crate) at: Option<DateTime<Utc>>,
    pub(crate) stream: String,
    pub(crate) stream_sequence: u64,
    /// Sequences of the advisories about the same delivery.
    #[serde(skip)]
    pub(crate) advisories: Vec<u64>,
}

fn text(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).map(|value| value.as_str().to_owned()).unwrap_or_default()
}

fn parsed<T: FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.as_str().parse().ok()
}

impl DeadLetter {
    /// The copy at `sequence` of `DEAD_LETTERS`. What a header does not say stays empty: an odd letter must be seen too.
    pub(crate) fn copy(sequence: u64, headers: &HeaderMap) -> Self {
        Self {
            place: Place::Copy(sequence),
            consumer: text(headers, dead_letter::CONSUMER),
            reason: text(headers, dead_letter::REASON),
            subject: text(headers, dead_letter::SUBJECT),
            event_id: text(headers, CE_ID),
            order_id: parsed::<String>(headers, CE_CORRELATION_ID),
            attempts: parsed(headers, dead_letter::ATTEMPTS).unwrap_or_default(),
            first_error: text(headers, dead_letter::FIRST_ERROR),
            last_error: text(headers, dead_letter::LAST_ERROR),
            at: parsed(headers, dead_letter::AT),
            stream: text(headers, dead_letter::STREAM),
            stream_sequence: parsed(headers, dead_letter::STREAM_SEQUENCE).unwrap_or_default(),
            advisories: Vec::new(),
        }
    }

    pub(super) fn delivery(&self) -> Delivery {
        Delivery { stream: self.stream.clone(), sequence: self.stream_sequence, consumer: self.consumer.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_it_is_shown() {
        for place in [Place::Copy(12), Place::Advisory(7)] {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        assert!("evt_1".parse::<Place>().is_err());
    }

    #[test]
    fn a_letter_without_any_header_is_shown_all_the_same() {
        let letter = DeadLetter::copy(3, &HeaderMap::new());
        assert_eq!((letter.place, letter.consumer.as_str(), letter.order_id), (Place::Copy(3), "", None));
    }

    #[test]
    fn the_json_has_the_names_that_programs_rely_on() {
        let mut headers = HeaderMap::new();
        headers.insert(dead_letter::CONSUMER, "payment-order-created");
        headers.insert(dead_letter::ATTEMPTS, "15");
        headers.insert(dead_letter::AT, "2026-01-02T03:04:05.678Z");
        let json = serde_json::to_value(DeadLetter::copy(3, &headers)).unwrap();
        assert_eq!(json["seq"], "3");
        assert_eq!(json["consumer"], "payment-order-created");
        assert_eq!(json["attempts"], 15);
        assert_eq!(json["at"], "2026-01-02T03:04:05.678Z");
        let mut names: Vec<&String> = json.as_object().unwrap().keys().collect();
        names.sort();
        let expected = [
            "at",
            "attempts",
            "consumer",
            "event_id",
            "first_error",
            "last_error",
            "order_id",
            "reason",
            "seq",
            "stream",
            "stream_sequence",
            "subject",
        ];
        assert_eq!(names, expected);
    }
}
