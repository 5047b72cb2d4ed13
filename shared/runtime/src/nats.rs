//! What a service may ask of the broker besides its events: configuration keys, and hints.

use async_nats::connection::State;
use async_nats::jetstream::stream::LastRawMessageErrorKind;
use async_nats::jetstream::{self, context::ContextBuilder};
use async_nats::{Client, StatusCode};
use bytes::Bytes;
use livemart_contracts::{EventId, Stream};
use livemart_messaging::envelope::CE_ID;
use std::time::Duration;
use tokio::sync::watch;

/// The KV bucket of the central configuration; a key is `<service>.<name>`.
pub const CONFIG_BUCKET: &str = "config";

/// An acknowledgement that takes longer is taken as unknown.
const ACK_LIMIT: Duration = Duration::from_secs(3);

#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    #[error("the NATS server did not answer: {0}")]
    Unavailable(String),
    #[error("the NATS server answered {0}")]
    Refused(String),
}

/// A service's connection to NATS.
#[derive(Clone)]
pub struct Nats {
    client: Client,
    jetstream: jetstream::Context,
    connects: watch::Receiver<u64>,
}

/// What a bucket has under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// None where the key was never there, or was deleted.
    pub value: Option<Bytes>,
    /// Of the value or of the deletion; 0 where the key was never there.
    pub revision: u64,
}

impl Nats {
    /// `connects` changes each time that `client` has connected.
    pub(crate) fn new(client: Client, connects: watch::Receiver<u64>) -> Self {
        let jetstream = ContextBuilder::new().timeout(ACK_LIMIT).build(client.clone());
        Self { client, jetstream, connects }
    }

    /// Fails at once while there is no connection: a request is not worth keeping waiting until a time-out says the same.
    pub(crate) fn connected(&self) -> Result<&Self, NatsError> {
        match self.client.connection_state() {
            State::Connected => Ok(self),
            State::Pending | State::Disconnected => Err(NatsError::Unavailable("there is no connection".to_owned())),
        }
    }

    /// Changes with each connection from now on.
    pub(crate) fn connects(&self) -> watch::Receiver<u64> {
        let mut connects = self.connects.clone();
        connects.mark_unchanged();
        connects
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }

    /// The newest value under `key` of `bucket`. Read directly from the stream behind the bucket, for a watch would need
    /// the right to create consumers, which no service has.
    pub async fn read(&self, bucket: &str, key: &str) -> Result<Option<Bytes>, NatsError> {
        self.read_entry(bucket, key).await.map(|entry| entry.value)
    }

    pub(crate) async fn read_entry(&self, bucket: &str, key: &str) -> Result<Entry, NatsError> {
        let subject = format!("$JS.API.DIRECT.GET.KV_{bucket}.$KV.{bucket}.{key}");
        let reply = self.client.request(subject, Bytes::new()).await;
        let reply = reply.map_err(|error| NatsError::Unavailable(error.to_string()))?;
        if reply.status == Some(StatusCode::NOT_FOUND) {
            return Ok(Entry { value: None, revision: 0 });
        }
        if let Some(status) = reply.status {
            return Err(NatsError::Refused(format!("{status} {}", reply.description.unwrap_or_default())));
        }
        let header = |name: &str| reply.headers.as_ref().and_then(|headers| headers.get(name));
        let revision = header("Nats-Sequence").and_then(|sequence| sequence.as_str().parse().ok());
        let revision = revision.ok_or_else(|| NatsError::Refused("an entry without its sequence".to_owned()))?;
        // A deleted key is a marker without a value.
        let deleted = header("KV-Operation").is_some();
        Ok(Entry { value: (!deleted).then_some(reply.payload), revision })
    }

    /// Stores `value` under `key` of `bucket`, and waits until it is stored.
    #[expect(clippy::disallowed_methods, reason = "a bucket's key is not an event: its last value is all that counts")]
    pub async fn write(&self, bucket: &str, key: &str, value: Bytes) -> Result<(), NatsError> {
        let unavailable = |error: jetstream::context::PublishError| NatsError::Unavailable(error.to_string());
        let stored = self.jetstream.publish(format!("$KV.{bucket}.{key}"), value).await.map_err(unavailable)?;
        stored.await.map_err(unavailable)?;
        Ok(())
    }

    /// Deletes the message at `sequence` of `stream` for good, its place on the disk overwritten, if it is the event `id`;
    /// whatever else is there stays. Needs [`Grant::EraseMessages`](crate::Grant::EraseMessages).
    pub async fn erase(&self, stream: Stream, sequence: u64, id: EventId) -> Result<(), NatsError> {
        let handle = self.jetstream.get_stream(stream.name()).await;
        let handle = handle.map_err(|error| NatsError::Unavailable(error.to_string()))?;
        let message = match handle.get_raw_message(sequence).await {
            Ok(message) => message,
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => return Ok(()),
            Err(error) => return Err(NatsError::Unavailable(error.to_string())),
        };
        if message.headers.get(CE_ID).is_none_or(|found| found.as_str() != id.to_string()) {
            tracing::warn!(stream = stream.name(), sequence, event_id = %id, "another message is where this event was");
            return Ok(());
        }
        handle.delete_message(sequence).await.map_err(|error| NatsError::Refused(error.to_string()))?;
        Ok(())
    }
}
