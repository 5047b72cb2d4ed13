//! Where the events come from.

use std::future::Future;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::ReplayError;
use crate::consumer::Incoming;

/// Where in a stream to begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    #[default]
    Beginning,
    Sequence(u64),
    /// At the first message that was stored then or later.
    Time(DateTime<Utc>),
}

/// What of a stream is there at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Above 1 where older messages have expired.
    pub first_sequence: u64,
    /// Whether single messages may be taken out of it, as those about a person who erased their account.
    pub loses_some: bool,
}

/// An event, and its place in the stream.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub sequence: u64,
    pub incoming: Incoming,
}

/// Somebody who may read streams.
pub trait Source {
    /// Goes to `start` in what the durable reads.
    fn seek(&mut self, durable: &str, start: Start) -> impl Future<Output = Result<Extent, ReplayError>>;

    /// Some of the events that follow, in their order; none where the stream ended when it was sought in.
    fn next(&mut self) -> impl Future<Output = Result<Vec<Recorded>, ReplayError>>;
}
