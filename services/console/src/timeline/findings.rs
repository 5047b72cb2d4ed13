//! What is read before a saga is put together.

use chrono::{DateTime, Utc};
use livemart_contracts::EventId;
use serde::Serialize;

use super::event::Event;
use crate::dead_letters::DeadLetter;

pub(super) struct Findings {
    pub(super) events: Vec<Event>,
    pub(super) readers: Vec<Reader>,
    pub(super) decisions: Vec<Decision>,
    /// Those of this order.
    pub(super) dead: Vec<DeadLetter>,
    pub(super) calls: Vec<Call>,
}

/// A durable, and what it reads.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub(super) durable: String,
    pub(super) subjects: Vec<String>,
}

/// A row of an inbox.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    pub(super) consumer: String,
    pub(super) event: EventId,
    pub(super) decision: String,
    pub(super) reason: Option<String>,
    pub(super) at: DateTime<Utc>,
}

/// A row of the ledger of calls to the outside.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Call {
    #[serde(skip)]
    pub(super) cause: Option<EventId>,
    pub(super) kind: String,
    /// `waiting` or `done`.
    pub(super) status: String,
    pub(super) attempts: i32,
    pub(super) last_error: Option<String>,
    pub(super) asked_at: DateTime<Utc>,
    /// When the next attempt is due.
    pub(super) due_at: DateTime<Utc>,
    pub(super) done_at: Option<DateTime<Utc>>,
}
