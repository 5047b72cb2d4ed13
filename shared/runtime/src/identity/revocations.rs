//! Sessions that were ended before their access tokens expired.

use std::time::Duration;

use async_nats::Message;
use bytes::Bytes;
use livemart_contracts::ids::SessionId;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::nats::{Nats, NatsError};

/// The KV bucket: a key for each session that was ended lately. Its entries outlive every token of the session.
pub const REVOCATIONS_BUCKET: &str = "revocations";
/// Where the bucket announces its entries, as `revoked.<session>`.
pub(super) const HINTS: &str = "revoked.>";
const HINT_PREFIX: &str = "revoked.";
/// The `max_age` of the bucket: the life of an access token, with room for clocks that differ.
const KEPT_FOR: Duration = Duration::from_secs(20 * 60);
/// About 10 MB. More sign-outs than this in [`KEPT_FOR`] are still refused, at the price of a look-up each.
const REMEMBERED: u64 = 100_000;
/// A request waits for this look-up; on a healthy network it takes under a millisecond.
const LOOK_UP_LIMIT: Duration = Duration::from_secs(1);

/// Ends `session` everywhere, and returns when that is stored. `why` is for people who look into the bucket.
pub async fn revoke(nats: &Nats, session: SessionId, why: &'static str) -> Result<(), NatsError> {
    nats.connected()?.write(REVOCATIONS_BUCKET, &session.to_string(), Bytes::from_static(why.as_bytes())).await
}

/// What this service knows of ended sessions.
pub(super) struct Revocations {
    nats: Nats,
    ended: Cache<SessionId, ()>,
}

impl Revocations {
    pub fn new(nats: Nats) -> Self {
        // Least recently used, for the newest entry must always be taken in: frequency says nothing about a sign-out.
        let ended = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(KEPT_FOR)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { nats, ended }
    }

    /// Whether `session` is known to be ended.
    pub fn contains(&self, session: SessionId) -> bool {
        self.ended.get(&session).is_some()
    }

    /// Takes in a message of [`HINTS`].
    pub fn heard(&self, hint: &Message) {
        // A key that is deleted is announced too, with this header.
        let deleted = hint.headers.as_ref().is_some_and(|headers| headers.get("KV-Operation").is_some());
        let session = hint.subject.strip_prefix(HINT_PREFIX).and_then(|session| session.parse().ok());
        if let (false, Some(session)) = (deleted, session) {
            self.ended.insert(session, ());
        }
    }

    /// Asks the bucket whether `session` is ended.
    pub async fn look_up(&self, session: SessionId) -> Result<bool, LookUpError> {
        let key = session.to_string();
        let entry = tokio::time::timeout(LOOK_UP_LIMIT, self.nats.connected()?.read(REVOCATIONS_BUCKET, &key)).await;
        let ended = entry.map_err(|_| LookUpError::Silent)??.is_some();
        if ended {
            self.ended.insert(session, ());
        }
        Ok(ended)
    }
}

#[derive(Debug, thiserror::Error)]
pub(super) enum LookUpError {
    #[error("NATS did not answer within {LOOK_UP_LIMIT:?}")]
    Silent,
    #[error(transparent)]
    Nats(#[from] NatsError),
}
