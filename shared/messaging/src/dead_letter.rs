//! Messages that a consumer cannot use: a full copy in the `DEAD_LETTERS` stream, with what happened to it.
//!
//! Of a message that may be erased ([`Stream::is_erasable`]) the copy has the headers only, which name nobody: what it says
//! is read from its own stream, as long as it is there (ADR 48).

use async_nats::HeaderMap;
use async_nats::jetstream;
use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use livemart_contracts::Stream;
use livemart_contracts::stream::dead_letter_subject;

use crate::metrics;

/// Headers of a dead letter, beside those of the event itself.
pub const REASON: &str = "livemart-dead-reason";
pub const CONSUMER: &str = "livemart-dead-consumer";
/// The event's own subject, for a dead letter has another.
pub const SUBJECT: &str = "livemart-dead-subject";
pub const STREAM: &str = "livemart-dead-stream";
pub const STREAM_SEQUENCE: &str = "livemart-dead-stream-sequence";
pub const ATTEMPTS: &str = "livemart-dead-attempts";
pub const FIRST_ERROR: &str = "livemart-dead-first-error";
pub const LAST_ERROR: &str = "livemart-dead-last-error";
pub const AT: &str = "livemart-dead-at";
/// Where the body is, if it is not here: [`IN_ITS_STREAM`].
pub const BODY: &str = "livemart-dead-body";
pub const IN_ITS_STREAM: &str = "in-its-stream";

/// Why the inbox of a consumer says that it ignored a message: a person discarded its dead letter.
pub const DISCARDED: &str = "discarded from the dead letters";

/// Why a message is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its headers or its body cannot be read.
    Malformed,
    /// The reaction said that it will never work.
    Rejected,
    /// It failed as often as it may.
    Exhausted,
    /// What should have come before it never came.
    NeverCaused,
}

impl Reason {
    pub(crate) const ALL: [Self; 4] = [Self::Malformed, Self::Rejected, Self::Exhausted, Self::NeverCaused];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Rejected => "rejected",
            Self::Exhausted => "exhausted",
            Self::NeverCaused => "never-caused",
        }
    }
}

/// What happened to a message before it was given up.
pub(crate) struct History<'a> {
    pub reason: Reason,
    pub first_error: &'a str,
    pub last_error: &'a str,
    pub now: DateTime<Utc>,
}

/// Headers hold one line of printable text of a bounded length; errors may be anything.
const ERROR_LENGTH: usize = 500;

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(ERROR_LENGTH).collect()
}

/// The headers that the event came with: the server's own would be taken as instructions for the copy.
pub fn of_the_event(headers: &HeaderMap) -> HeaderMap {
    let mut own = HeaderMap::new();
    for (name, values) in headers.iter().filter(|(name, _)| !name.to_string().starts_with("Nats-")) {
        for value in values {
            own.append(name.clone(), value.clone());
        }
    }
    own
}

/// What stands for an error that quotes the message.
const NOT_QUOTED: &str = "it cannot be read; why, its consumer's log says";

/// Stores a copy of `message` and, once that is acknowledged, ends its delivery to `durable`.
pub(crate) async fn bury(
    jetstream: &jetstream::Context,
    durable: &str,
    message: &jetstream::Message,
    history: History<'_>,
) -> Result<(), async_nats::Error> {
    let info = message.info()?;
    let mut headers = message.headers.as_ref().map(of_the_event).unwrap_or_default();
    headers.insert(REASON, history.reason.as_str());
    headers.insert(CONSUMER, durable);
    headers.insert(SUBJECT, message.subject.as_str());
    headers.insert(STREAM, info.stream);
    headers.insert(STREAM_SEQUENCE, info.stream_sequence.to_string());
    headers.insert(ATTEMPTS, info.delivered.to_string());
    headers.insert(AT, history.now.to_rfc3339_opts(SecondsFormat::Millis, true));
    let stays_in_its_stream = Stream::named(info.stream).is_some_and(Stream::is_erasable);
    let payload = if stays_in_its_stream {
        headers.insert(BODY, IN_ITS_STREAM);
        Bytes::new()
    } else {
        message.payload.clone()
    };
    let says = |error| if stays_in_its_stream && history.reason == Reason::Malformed { NOT_QUOTED } else { error };
    headers.insert(FIRST_ERROR, one_line(says(history.first_error)));
    headers.insert(LAST_ERROR, one_line(says(history.last_error)));

    // The same death reported twice, because the process died between the copy and the end, is one dead letter.
    let id = format!("dead:{durable}:{}:{}", info.stream_sequence, info.published.unix_timestamp_nanos());
    let copy = PublishMessage::build().headers(headers).payload(payload).message_id(id);
    jetstream.send_publish(dead_letter_subject(durable), copy).await?.await?;
    metrics::DEAD_LETTERS.with_label_values(&[durable, history.reason.as_str()]).inc();
    terminate(jetstream, message, history.reason).await
}

/// The client's own `Term` cannot carry a reason, which the server's advisory would show.
#[expect(clippy::disallowed_methods, reason = "an acknowledgement, not an event")]
async fn terminate(
    jetstream: &jetstream::Context,
    message: &jetstream::Message,
    reason: Reason,
) -> Result<(), async_nats::Error> {
    if let Some(reply) = &message.reply {
        jetstream.client().publish(reply.clone(), format!("+TERM {}", reason.as_str()).into()).await?;
    }
    Ok(())
}
