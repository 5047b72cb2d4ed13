//! Webhooks of providers: hints to look something up, and never the news itself.

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};

/// A webhook as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
    pub now: DateTime<Utc>,
}

/// What is to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The same for every repetition; a few dozen of a payment at most, where the provider does not sign.
    pub id: String,
    /// The provider's name for what it is about.
    pub reference: String,
    /// Our name for it, where the provider has it from us.
    pub order_reference: Option<String>,
}

/// Why a webhook is not listened to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("this provider sends none")]
    NeverSent,
    #[error("no secret is configured to check signatures with")]
    NoSecret,
    #[error("{0}")]
    NotGenuine(&'static str),
    #[error("the body is not what this provider sends")]
    Malformed,
}
