//! Atomic batch publishing (nats-server 2.12): all messages or none, one flush to disk for all of them.
//!
//! The protocol (ADR-50): every message carries the batch's id and its place; the first is a request whose *empty* reply
//! says that the server stages the batch, the last one commits it and is answered by the acknowledgement of the batch.

use std::time::Duration;

use async_nats::{Client, HeaderMap, Request};
use bytes::Bytes;
use serde::Deserialize;
use uuid::Uuid;

/// The server abandons a batch that pauses for 10 s; an answer that takes longer than this will not come.
const REPLY_LIMIT: Duration = Duration::from_secs(5);

/// A message of this batch is in the stream already (the server's `err_code`).
const DUPLICATE_ID: u32 = 10201;

/// One message ready to be sent; its headers hold its `Nats-Msg-Id`.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub subject: String,
    pub headers: HeaderMap,
    pub payload: Bytes,
}

#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// Some of it was published before, perhaps by an attempt that seemed to fail: publish one by one.
    #[error("a message of the batch is in the stream already")]
    Duplicate,
    /// The server stored the first message as a plain one: it knows no batches.
    #[error("the server does not support atomic batches")]
    Unsupported,
    #[error("the server refused the batch: {description} (err_code {err_code})")]
    Refused { err_code: u32, description: String },
    #[error("the batch was not acknowledged: {0}")]
    Unknown(String),
}

#[derive(Deserialize)]
struct Reply {
    error: Option<ReplyError>,
    seq: Option<u64>,
}

#[derive(Deserialize)]
struct ReplyError {
    #[serde(default)]
    err_code: u32,
    #[serde(default)]
    description: String,
}

/// Publishes `messages`, at least two and at most 1,000 of one stream, and answers the stream sequence of the last one;
/// the others directly precede it.
#[expect(clippy::disallowed_methods, reason = "the relay's own way to publish what the outbox holds")]
pub async fn publish(client: &Client, messages: &[Outgoing]) -> Result<u64, BatchError> {
    let batch_id = Uuid::new_v4().simple().to_string();
    let (Some((last, rest)), Some(first)) = (messages.split_last(), messages.first()) else {
        return Err(BatchError::Unknown("an empty batch cannot be published".to_owned()));
    };
    let headers_of = |message: &Outgoing, place: usize| {
        let mut headers = message.headers.clone();
        headers.insert("Nats-Batch-Id", batch_id.as_str());
        headers.insert("Nats-Batch-Sequence", place.to_string());
        headers
    };

    if let Some(reply) = request(client, first, headers_of(first, 1)).await? {
        refused(reply)?;
        return Err(BatchError::Unsupported);
    }
    for (index, message) in rest.iter().enumerate().skip(1) {
        client
            .publish_with_headers(message.subject.clone(), headers_of(message, index + 1), message.payload.clone())
            .await
            .map_err(|error| BatchError::Unknown(error.to_string()))?;
    }
    let mut headers = headers_of(last, messages.len());
    headers.insert("Nats-Batch-Commit", "1");
    let reply =
        request(client, last, headers).await?.ok_or(BatchError::Unknown("an empty acknowledgement".to_owned()))?;
    refused(reply)?.ok_or_else(|| BatchError::Unknown("an acknowledgement without a sequence".to_owned()))
}

/// Sends one message and waits for its reply; `None` is the empty one.
async fn request(client: &Client, message: &Outgoing, headers: HeaderMap) -> Result<Option<Reply>, BatchError> {
    let request = Request::new().headers(headers).payload(message.payload.clone()).timeout(Some(REPLY_LIMIT));
    let reply = client
        .send_request(message.subject.clone(), request)
        .await
        .map_err(|error| BatchError::Unknown(error.to_string()))?;
    if reply.payload.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&reply.payload).map(Some).map_err(|error| BatchError::Unknown(error.to_string()))
}

fn refused(reply: Reply) -> Result<Option<u64>, BatchError> {
    match reply.error {
        None => Ok(reply.seq),
        Some(error) if error.err_code == DUPLICATE_ID => Err(BatchError::Duplicate),
        Some(ReplyError { err_code, description }) => Err(BatchError::Refused { err_code, description }),
    }
}
