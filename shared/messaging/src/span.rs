//! What happened and how long it took, for whoever records it.
//!
//! The ids of spans are those that travel in `traceparent` anyway, so one trace holds an order from the request to the last
//! reaction, over outbox, stream and inbox. A span is made when its work has ended, as a batch of events has many at once and
//! nests in none of them. Where nobody records, a step costs one look at a flag.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::SystemTime;

use livemart_contracts::Trace;

/// A piece of work that has ended.
#[derive(Debug)]
pub struct Span {
    /// Low in cardinality: an operation and a subject, never an id.
    pub name: String,
    pub kind: Kind,
    pub trace: Trace,
    /// What caused it, where that is a span too.
    pub parent: Option<Trace>,
    pub started: SystemTime,
    /// Names of OpenTelemetry's conventions, with values that are no personal data.
    pub attributes: Vec<(&'static str, Cow<'static, str>)>,
    pub error: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Answers a request.
    Server,
    /// Calls somebody outside.
    Client,
    /// Makes a message, or sends it.
    Producer,
    /// Acts on a message. Its parent is linked as well, as the conventions ask.
    Consumer,
}

/// Takes spans that have ended; must not block.
pub trait Recorder: Send + Sync {
    fn record(&self, span: Span, ended: SystemTime);
}

static RECORDER: OnceLock<Box<dyn Recorder>> = OnceLock::new();

/// Gives all spans of this process to `recorder`. The first one stays.
pub fn record_with(recorder: Box<dyn Recorder>) {
    drop(RECORDER.set(recorder));
}

/// When a piece of work begins; nothing where nobody records.
#[derive(Debug, Clone, Copy)]
pub struct Started(Option<SystemTime>);

impl Started {
    pub fn now() -> Self {
        Self(RECORDER.get().map(|_| SystemTime::now()))
    }

    /// Whether somebody records.
    pub fn is_wanted(self) -> bool {
        self.0.is_some()
    }

    /// The trace of work that `cause` caused: a span of its own where somebody records it, else that of its cause.
    pub fn within(self, cause: Trace) -> Trace {
        if self.0.is_some() { cause.child() } else { cause }
    }

    /// The work has ended. `span` is asked for only where the span is recorded.
    pub fn end(self, trace: Trace, span: impl FnOnce(SystemTime) -> Span) {
        if let (Some(started), Some(recorder), true) = (self.0, RECORDER.get(), trace.is_sampled()) {
            recorder.record(span(started), SystemTime::now());
        }
    }
}
