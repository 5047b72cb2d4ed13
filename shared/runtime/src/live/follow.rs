//! How a replica learns what the bucket says: by hints, after each reconnect, and every so often.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Message;
use futures::StreamExt as _;
use futures::future::join_all;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::configuration::Configuration;
use super::metrics::READ_FAILURES;
use crate::nats::{CONFIG_BUCKET, Entry, Nats, NatsError};

/// A start waits for this; on a healthy network it takes under a millisecond.
const READ_LIMIT: Duration = Duration::from_secs(1);
/// A hint may come before the server that is asked has the value.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error("NATS did not answer within {READ_LIMIT:?}")]
    Silent,
    #[error(transparent)]
    Nats(#[from] NatsError),
}

impl Configuration {
    /// Follows the bucket until `stop`. Reads everything each time that `interval` has passed, which may change meanwhile.
    pub(crate) async fn follow(
        self: Arc<Self>,
        nats: Nats,
        interval: impl Fn() -> Duration + Send,
        stop: CancellationToken,
    ) {
        let prefix = format!("config.changed.{}.", self.service);
        let mut hints = match nats.client().subscribe(format!("{prefix}>")).await {
            Ok(hints) => hints,
            Err(error) => return tracing::error!(%error, "changes of the configuration cannot be listened for"),
        };
        // What changed between the first read and now was announced to nobody.
        self.read(&nats).await;
        let mut connects = nats.connects();
        let mut every = interval();
        let mut due = Instant::now() + every;
        loop {
            // The interval is a key itself.
            if every != interval() {
                every = interval();
                due = Instant::now() + every;
            }
            tokio::select! {
                Some(hint) = hints.next() => self.hear(&nats, &prefix, &hint).await,
                Ok(()) = connects.changed() => self.read(&nats).await,
                () = sleep_until(due) => {
                    self.read(&nats).await;
                    due = Instant::now() + every;
                }
                () = stop.cancelled() => return,
            }
        }
    }

    /// Reads every key that may change. One that cannot be read stays as it is.
    pub(crate) async fn read(&self, nats: &Nats) {
        let names = self.live_names();
        let entries = join_all(names.iter().map(|name| self.entry(nats, name))).await;
        let mut failed = None;
        for (name, entry) in names.iter().zip(entries) {
            match entry {
                Ok(entry) => self.take(name, entry),
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            READ_FAILURES.inc();
            tracing::warn!(%error, "the configuration cannot be read, keeping what is known of it");
        }
    }

    async fn hear(&self, nats: &Nats, prefix: &str, hint: &Message) {
        let Some(name) = hint.subject.strip_prefix(prefix) else { return };
        if self.is_not_a_setting(name) {
            return;
        }
        let headers = hint.headers.as_ref();
        let announced = headers.and_then(|headers| headers.get("Nats-Sequence")?.as_str().parse().ok());
        let announced: u64 = announced.unwrap_or_default();
        for attempt in 1..=TRIES {
            match self.entry(nats, name).await {
                Ok(entry) if entry.revision < announced && attempt < TRIES => tokio::time::sleep(PAUSE).await,
                Ok(entry) => return self.take(name, entry),
                Err(error) => {
                    READ_FAILURES.inc();
                    return tracing::warn!(key = name, %error, "a change of the configuration cannot be read yet");
                }
            }
        }
    }

    async fn entry(&self, nats: &Nats, name: &str) -> Result<Entry, ReadError> {
        let key = format!("{}.{name}", self.service);
        let entry = tokio::time::timeout(READ_LIMIT, nats.connected()?.read_entry(CONFIG_BUCKET, &key)).await;
        Ok(entry.map_err(|_| ReadError::Silent)??)
    }
}
