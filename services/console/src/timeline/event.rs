//! One fact of the saga, as its message tells it.

use async_nats::HeaderMap;
use chrono::{DateTime, Utc};
use livemart_contracts::{EventId, Trace};
use livemart_messaging::envelope::{CE_CAUSATION_ID, CE_ID, CE_SOURCE, CE_TIME, TRACEPARENT};
use serde_json::Value;

#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) id: EventId,
    pub(super) subject: String,
    /// The service that says it.
    pub(super) source: String,
    pub(super) time: DateTime<Utc>,
    pub(super) cause: Option<EventId>,
    pub(super) trace_id: Option<String>,
    pub(super) stream: String,
    pub(super) sequence: u64,
    /// Null when the body is not JSON: then its readers say so.
    pub(super) data: Value,
}

impl Event {
    /// `None` when the headers do not make an event; no reader of it got further.
    pub(super) fn read(
        stream: &str,
        sequence: u64,
        subject: &str,
        headers: &HeaderMap,
        payload: &[u8],
    ) -> Option<Self> {
        let text = |name: &str| headers.get(name).map(|value| value.as_str());
        let trace: Option<Trace> = text(TRACEPARENT).and_then(|text| text.parse().ok());
        Some(Self {
            id: text(CE_ID)?.parse().ok()?,
            subject: subject.to_owned(),
            // `/livemart/payment`
            source: text(CE_SOURCE).and_then(|source| source.rsplit('/').next()).unwrap_or("?").to_owned(),
            time: text(CE_TIME)?.parse().ok()?,
            cause: text(CE_CAUSATION_ID).and_then(|cause| cause.parse().ok()),
            trace_id: trace.map(Trace::trace_id),
            stream: stream.to_owned(),
            sequence,
            data: serde_json::from_slice(payload).unwrap_or_default(),
        })
    }

    /// What a person wants to know of the body.
    pub(super) fn note(&self) -> Option<String> {
        let text = |pointer: &str| self.data.pointer(pointer).and_then(Value::as_str);
        let money = |pointer: &str| {
            let amount = self.data.pointer(&format!("{pointer}/amount"))?.as_i64()?;
            Some(format!("{amount} {}", text(&format!("{pointer}/currency"))?))
        };
        let why = |code: &str, detail: &str| Some(format!("{}: {}", text(code)?, text(detail).unwrap_or_default()));
        match self.subject.as_str() {
            "order.created" => Some(format!("{} by {}", money("/total")?, text("/payment_method")?)),
            "order.failed" => why("/failure/code", "/failure/detail"),
            "order.cancelled" => text("/reason").map(str::to_owned),
            "payment.failed" => why("/code", "/detail"),
            "stock.failed" => Some(format!("products short: {}", self.data.get("shortages")?.as_array()?.len())),
            subject if subject.starts_with("payment.") => money("/amount"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_tells_who_said_what_and_why() {
        let (id, cause): (EventId, EventId) = (Clock::default().new_id(), Clock::default().new_id());
        let trace = Trace::start();
        let mut headers = HeaderMap::new();
        headers.insert(CE_ID, id.to_string());
        headers.insert(CE_SOURCE, "/livemart/order");
        headers.insert(CE_TIME, "2026-01-02T03:04:05.678901Z");
        headers.insert(CE_CAUSATION_ID, cause.to_string());
        headers.insert(TRACEPARENT, trace.to_string());
        let body = json!({"failure": {"code": "timed-out", "detail": "too slow"}}).to_string();
        let event = Event::read("ORDERS", 7, "order.failed", &headers, body.as_bytes()).unwrap();
        assert_eq!((event.id, event.cause, event.source.as_str()), (id, Some(cause), "order"));
        assert_eq!(event.trace_id, Some(trace.trace_id()));
        assert_eq!(event.note().unwrap(), "timed-out: too slow");

        let malformed = Event::read("ORDERS", 7, "order.failed", &headers, b"{").unwrap();
        assert_eq!((malformed.data.is_null(), malformed.note()), (true, None));
        assert!(Event::read("ORDERS", 7, "order.failed", &HeaderMap::new(), b"{}").is_none());
    }
}
