//! The message around a fact: CloudEvents 1.0 attributes in NATS headers (binary mode), the data as the body.
//!
//! <https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md>. Header names are
//! lower case throughout: async-nats compares them byte by byte.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Deref;

use async_nats::HeaderMap;
use chrono::{DateTime, SecondsFormat, Utc};
use livemart_contracts::{Clock, Event, EventId, Trace};

use crate::context::to_json;
use crate::span::{self, Span, Started};

pub const CE_ID: &str = "ce-id";
pub const CE_SOURCE: &str = "ce-source";
pub const CE_TYPE: &str = "ce-type";
pub const CE_TIME: &str = "ce-time";
pub const CE_SUBJECT: &str = "ce-subject";
pub const CE_CORRELATION_ID: &str = "ce-correlationid";
pub const CE_CAUSATION_ID: &str = "ce-causationid";
pub const TRACEPARENT: &str = "traceparent";

/// Why something happens: the trace it belongs to and, in a reaction, the event it answers.
#[derive(Debug, Clone, Copy)]
pub struct Cause {
    pub trace: Trace,
    pub event: Option<EventId>,
    /// Whether the trace's span is recorded somewhere; that of a timer is not.
    has_span: bool,
}

impl Cause {
    /// A cause outside the saga: a request, or a timer.
    pub fn request(trace: Trace) -> Self {
        Self { trace, event: None, has_span: true }
    }

    /// An event that is answered, or what followed from it.
    pub fn event(trace: Trace, event: Option<EventId>) -> Self {
        Self { trace, event, has_span: true }
    }

    /// A timer: the first span of a trace of its own.
    pub fn timer() -> Self {
        Self { has_span: false, ..Self::request(Trace::start()) }
    }
}

/// An event on its way into the outbox.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub id: EventId,
    pub aggregate_id: String,
    pub subject: &'static str,
    /// A JSON object of header names and values.
    pub headers: String,
    pub payload: String,
    trace: Trace,
    parent: Option<Trace>,
    started: Started,
}

impl Draft {
    pub(crate) fn new<E: Event>(service: &str, clock: Clock, now: DateTime<Utc>, cause: Cause, event: &E) -> Self {
        let id: EventId = clock.new_id();
        let aggregate_id = event.aggregate_id();
        let trace = cause.trace.child();
        let mut headers = BTreeMap::from([
            ("ce-specversion", "1.0".to_owned()),
            (CE_ID, id.to_string()),
            (CE_SOURCE, format!("/livemart/{service}")),
            (CE_TYPE, format!("livemart.{}.v{}", E::SUBJECT, E::VERSION)),
            (CE_TIME, now.to_rfc3339_opts(SecondsFormat::Micros, true)),
            (CE_SUBJECT, aggregate_id.clone()),
            ("content-type", "application/json".to_owned()),
            (TRACEPARENT, trace.to_string()),
        ]);
        if let Some(order_id) = event.order_id() {
            headers.insert(CE_CORRELATION_ID, order_id.to_string());
        }
        if let Some(cause) = cause.event {
            headers.insert(CE_CAUSATION_ID, cause.to_string());
        }
        Self {
            id,
            aggregate_id,
            subject: E::SUBJECT,
            headers: to_json(&headers),
            payload: to_json(event),
            trace,
            parent: cause.has_span.then_some(cause.trace),
            started: Started::now(),
        }
    }

    /// It is committed: from now on it will be published, whatever happens.
    pub(crate) fn created(&self) {
        self.started.end(self.trace, |started| Span {
            name: format!("create {}", self.subject),
            kind: span::Kind::Producer,
            trace: self.trace,
            parent: self.parent,
            started,
            attributes: span_attributes("create", self.subject, self.id),
            error: None,
        });
    }
}

/// The attributes of a message that every consumer needs.
#[derive(Debug, Clone, Copy)]
pub struct Attributes {
    pub id: EventId,
    pub time: DateTime<Utc>,
    pub trace: Trace,
    /// The event that it answers; `None` where a request or a timer began something.
    pub cause: Option<EventId>,
}

impl Attributes {
    /// Reads them from a message's headers, or says which one is missing or wrong.
    pub fn read(headers: &HeaderMap) -> Result<Self, InvalidAttribute> {
        let id = required(headers, CE_ID)?.parse().map_err(|_| InvalidAttribute(CE_ID))?;
        let time = DateTime::parse_from_rfc3339(required(headers, CE_TIME)?).map_err(|_| InvalidAttribute(CE_TIME))?;
        // A message without a trace starts one: losing a trace is no reason to lose the message.
        let trace = headers.get(TRACEPARENT).and_then(|value| value.as_str().parse().ok()).unwrap_or_else(Trace::start);
        // Nor is a cause that cannot be read.
        let cause = headers.get(CE_CAUSATION_ID).and_then(|value| value.as_str().parse().ok());
        Ok(Self { id, time: time.to_utc(), trace, cause })
    }
}

/// What every span about an event says.
pub(crate) fn span_attributes(
    operation: &'static str,
    subject: &str,
    id: EventId,
) -> Vec<(&'static str, Cow<'static, str>)> {
    vec![
        ("messaging.system", "nats".into()),
        ("messaging.operation.type", operation.into()),
        ("messaging.destination.name", subject.to_owned().into()),
        ("messaging.message.id", id.to_string().into()),
    ]
}

/// The headers of a message from the JSON object of [`Draft::headers`].
pub(crate) fn header_map(json: &str) -> HeaderMap {
    let written: BTreeMap<String, String> =
        serde_json::from_str(json).unwrap_or_else(|error| unreachable!("written by a draft: {error}"));
    let mut headers = HeaderMap::new();
    for (name, value) in written {
        headers.insert(name, value);
    }
    headers
}

fn required<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, InvalidAttribute> {
    headers.get(name).map(|value| value.as_str()).ok_or(InvalidAttribute(name))
}

#[derive(Debug, thiserror::Error)]
#[error("the header {0} is missing or malformed")]
pub struct InvalidAttribute(&'static str);

/// A fact as it arrived. Dereferences to the fact.
#[derive(Debug, Clone)]
pub struct Delivered<F> {
    pub attributes: Attributes,
    pub fact: F,
}

impl<F> Delivered<F> {
    pub fn id(&self) -> EventId {
        self.attributes.id
    }
}

impl<F> Deref for Delivered<F> {
    type Target = F;

    fn deref(&self) -> &F {
        &self.fact
    }
}

impl<F> From<&Delivered<F>> for Cause {
    fn from(delivered: &Delivered<F>) -> Self {
        Self::event(delivered.attributes.trace, Some(delivered.attributes.id))
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::events::OrderConfirmed;
    use livemart_contracts::{OrderId, UserId};

    use super::*;

    #[test]
    fn what_is_written_to_the_outbox_is_read_back_by_a_consumer() {
        let clock = Clock::default();
        let (order_id, customer_id): (OrderId, UserId) = (clock.new_id(), clock.new_id());
        let cause = Cause::event(Trace::start(), Some(clock.new_id()));
        let draft = Draft::new("order", clock, clock.now(), cause, &OrderConfirmed { order_id, customer_id });

        let headers = header_map(&draft.headers);
        let text = |name: &str| headers.get(name).expect(name).as_str().to_owned();
        let read = Attributes::read(&headers).expect("all attributes are there");
        assert_eq!(read.id, draft.id);
        assert_eq!(read.trace.trace_id(), cause.trace.trace_id());
        assert_eq!(text(CE_TYPE), "livemart.order.confirmed.v1");
        assert_eq!(text(CE_CORRELATION_ID), order_id.to_string());
        assert_eq!(read.cause, cause.event);
    }

    #[test]
    fn a_message_without_an_id_is_named_as_such() {
        let error = Attributes::read(&HeaderMap::new()).expect_err("no id");
        assert_eq!(error.to_string(), "the header ce-id is missing or malformed");
    }
}
