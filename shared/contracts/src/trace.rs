//! The W3C trace context, as far as events and requests carry it: <https://www.w3.org/TR/trace-context/>.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A `traceparent` header: which trace a request or an event belongs to, and which span caused it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    trace_id: u128,
    span_id: u64,
    sampled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a traceparent is 00-<32 hex digits>-<16 hex digits>-<2 hex digits>, ids not all zero")]
pub struct InvalidTraceparent;

impl Trace {
    /// The first span of a new trace.
    pub fn start() -> Self {
        Self { trace_id: random_trace_id(), span_id: random_span_id(), sampled: true }
    }

    /// A new span of the same trace.
    pub fn child(self) -> Self {
        Self { span_id: random_span_id(), ..self }
    }

    /// The numbers of the trace and of the span.
    pub const fn ids(self) -> (u128, u64) {
        (self.trace_id, self.span_id)
    }

    /// Whether whoever started the trace wants it recorded.
    pub const fn is_sampled(self) -> bool {
        self.sampled
    }

    /// 32 hex digits, as problem bodies and logs show them.
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace_id)
    }
}

/// Random in every bit, as whoever keeps a part of the traces chooses by them. A UUID has six bits that are always the same;
/// turned by half its length, those of a second one fall elsewhere.
fn random_trace_id() -> u128 {
    Uuid::new_v4().as_u128() ^ Uuid::new_v4().as_u128().rotate_left(64)
}

fn random_span_id() -> u64 {
    Uuid::new_v4().as_u64_pair().1
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, u8::from(self.sampled))
    }
}

impl FromStr for Trace {
    type Err = InvalidTraceparent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('-');
        let (Some("00"), Some(trace), Some(span), Some(flags), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidTraceparent);
        };
        if !text.is_ascii() || (trace.len(), span.len(), flags.len()) != (32, 16, 2) {
            return Err(InvalidTraceparent);
        }
        let trace_id = u128::from_str_radix(trace, 16).map_err(|_| InvalidTraceparent)?;
        let span_id = u64::from_str_radix(span, 16).map_err(|_| InvalidTraceparent)?;
        let flags = u8::from_str_radix(flags, 16).map_err(|_| InvalidTraceparent)?;
        if trace_id == 0 || span_id == 0 {
            return Err(InvalidTraceparent);
        }
        Ok(Self { trace_id, span_id, sampled: flags & 1 == 1 })
    }
}

impl Serialize for Trace {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Trace {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_stays_in_the_trace_and_survives_the_header() {
        let root = Trace::start();
        let child = root.child();
        assert_eq!(child.trace_id(), root.trace_id());
        assert_ne!(child, root);
        assert_eq!(child.to_string().parse(), Ok(child));
    }

    #[test]
    fn no_bit_of_a_trace_is_always_the_same() {
        let ids = || std::iter::repeat_with(|| Trace::start().ids().0).take(200);
        assert_eq!(ids().fold(0, |all, id| all | id), u128::MAX, "every bit is set in one of them");
        assert_eq!(ids().fold(u128::MAX, |all, id| all & id), 0, "and unset in another");
    }

    #[test]
    fn a_broken_header_is_refused() {
        for text in ["", "00-0-0-01", "00-00000000000000000000000000000000-0000000000000001-01", "01-a-b-c"] {
            assert_eq!(text.parse::<Trace>(), Err(InvalidTraceparent), "{text}");
        }
    }
}
