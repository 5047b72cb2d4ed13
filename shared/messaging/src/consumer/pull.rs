//! Pulls messages from a durable, through whatever happens to the connection.

use std::time::Duration;

use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::{self, Message};
use futures::{FutureExt, StreamExt};
use livemart_contracts::Stream;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;

/// How long the server keeps one request for messages open.
const EXPIRES: Duration = Duration::from_secs(30);
/// A server that is silent for twice this long is taken for dead, and the request is made anew.
const HEARTBEAT: Duration = Duration::from_secs(5);
const REBUILD: Backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(5) };

pub(super) struct Puller {
    jetstream: jetstream::Context,
    stream: Stream,
    durable: &'static str,
    messages: Option<pull::Stream>,
    failures: u32,
}

impl Puller {
    pub(super) fn new(jetstream: jetstream::Context, stream: Stream, durable: &'static str) -> Self {
        Self { jetstream, stream, durable, messages: None, failures: 0 }
    }

    /// Waits for a message and takes with it whatever has arrived by then or arrives while it lingers. With `at_most` it
    /// lingers no longer. `None` at `stop`.
    pub(super) async fn next(
        &mut self,
        at_most: usize,
        linger: Duration,
        stop: &CancellationToken,
    ) -> Option<Vec<Message>> {
        loop {
            let waited = tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                waited = self.wait(at_most) => waited,
            };
            match waited {
                Ok(first) => {
                    self.failures = 0;
                    let mut batch = vec![first];
                    batch.extend(self.ready(at_most - 1));
                    if !linger.is_zero() {
                        self.fill(&mut batch, at_most, linger, stop).await;
                    }
                    return Some(batch);
                }
                Err(error) => {
                    self.messages = None;
                    self.failures += 1;
                    let pause = REBUILD.after(self.failures);
                    tracing::warn!(durable = self.durable, %error, pause_ms = pause.as_millis(), "pulling failed, trying again");
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = stop.cancelled() => return None,
                    }
                }
            }
        }
    }

    /// What has arrived and was not taken.
    pub(super) fn take_buffered(mut self) -> Vec<Message> {
        self.ready(usize::MAX)
    }

    async fn wait(&mut self, at_most: usize) -> Result<Message, async_nats::Error> {
        let messages = match &mut self.messages {
            Some(messages) => messages,
            empty => {
                let consumer: PullConsumer =
                    self.jetstream.get_consumer_from_stream(self.durable, self.stream.name()).await?;
                let builder = consumer.stream().max_messages_per_batch(at_most).expires(EXPIRES).heartbeat(HEARTBEAT);
                empty.insert(builder.messages().await?)
            }
        };
        match messages.next().await {
            Some(message) => Ok(message?),
            None => Err("the server ended the request".into()),
        }
    }

    /// Takes what arrives until the batch is full, `linger` is over or the request has ended.
    async fn fill(&mut self, batch: &mut Vec<Message>, at_most: usize, linger: Duration, stop: &CancellationToken) {
        let over = tokio::time::sleep(linger);
        tokio::pin!(over);
        while batch.len() < at_most
            && let Some(messages) = &mut self.messages
        {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = &mut over => return,
                message = messages.next() => match message {
                    Some(Ok(message)) => batch.push(message),
                    Some(Err(_)) | None => self.messages = None,
                },
            }
        }
    }

    /// Takes messages until none is there; an error ends the request, which is then made anew.
    fn ready(&mut self, at_most: usize) -> Vec<Message> {
        let mut batch = Vec::new();
        while batch.len() < at_most {
            let Some(messages) = &mut self.messages else { break };
            match messages.next().now_or_never() {
                Some(Some(Ok(message))) => batch.push(message),
                Some(Some(Err(_)) | None) => self.messages = None,
                None => break,
            }
        }
        batch
    }
}
