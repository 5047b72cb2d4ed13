//! From a token to a caller: the signature once, the session again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use livemart_contracts::Clock;
use livemart_web::caller::Unauthenticated;
use livemart_web::{Authenticate, Caller};
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::claims::{ACCESS_TOKEN_LIFE, LEEWAY, still_valid};
use super::keys::{JWKS_KEY, KeySet, Keys};
use super::revocations::{HINTS, Revocations};
use crate::nats::Nats;

/// How long an ended session of which no hint arrived can still be used.
pub const RECHECK_AFTER: Duration = Duration::from_secs(5);
/// A key that was withdrawn while the hint got lost is dropped within this time.
const KEYS_REFETCHED_EVERY: Duration = Duration::from_secs(60);
/// About 10 MB: the callers of a quarter of an hour, on one replica.
const REMEMBERED_TOKENS: u64 = 50_000;

/// Remembered tokens are known by their hash: a dump of the memory gives nobody a session.
type TokenHash = [u8; 32];

/// A token whose signature was checked.
struct Verified {
    caller: Caller,
    /// The keys it was checked with: a token of a key that is withdrawn must not live on.
    keys: Arc<KeySet>,
    /// When its session was looked up last, in milliseconds since the verifier began.
    looked_up_ms: AtomicU64,
}

impl Verified {
    /// Whether the session is due for another look-up. Of requests that ask at the same time one is told so: it looks up
    /// for all of them.
    fn is_due(&self, now_ms: u64) -> bool {
        let last = self.looked_up_ms.load(Ordering::Relaxed);
        let due = now_ms.saturating_sub(last) >= RECHECK_AFTER.as_millis() as u64;
        due && self.looked_up_ms.compare_exchange(last, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// Verifies the access tokens of one service.
pub struct Verifier {
    nats: Nats,
    clock: Clock,
    began: Instant,
    keys: Keys,
    revocations: Revocations,
    verified: Cache<TokenHash, Arc<Verified>>,
}

impl Verifier {
    /// Does no I/O. Until [`Verifier::listen`] runs, ended sessions are found by look-ups only.
    pub fn new(nats: Nats, clock: Clock) -> Arc<Self> {
        let life = (ACCESS_TOKEN_LIFE + LEEWAY).to_std().unwrap_or_default();
        Arc::new(Self {
            clock,
            began: Instant::now(),
            keys: Keys::new(nats.clone()),
            revocations: Revocations::new(nats.clone()),
            verified: Cache::builder().max_capacity(REMEMBERED_TOKENS).time_to_live(life).build(),
            nats,
        })
    }

    /// Listens to what is said about sessions and keys, until `stop`.
    pub async fn listen(self: Arc<Self>, stop: CancellationToken) {
        let client = self.nats.client();
        let key_hints = format!("config.changed.{JWKS_KEY}");
        let subscribed = futures::try_join!(client.subscribe(HINTS), client.subscribe(key_hints));
        let (mut ended, mut changed) = match subscribed {
            Ok(subscriptions) => subscriptions,
            Err(error) => return tracing::error!(%error, "ended sessions cannot be listened for"),
        };
        // Its first tick is at once: keys are there before the first request, if they are there at all.
        let mut refetch = tokio::time::interval(KEYS_REFETCHED_EVERY);
        loop {
            tokio::select! {
                Some(hint) = ended.next() => self.revocations.heard(&hint),
                Some(_) = changed.next() => self.keys.refetch_changed().await,
                _ = refetch.tick() => self.keys.refetch().await,
                () = stop.cancelled() => return,
            }
        }
    }

    /// Signature, times and session of a token that was not seen before.
    async fn verify(&self, token: &str, hash: TokenHash) -> Result<Caller, Unauthenticated> {
        let (claims, keys) = self.keys.verify(token).await?;
        let caller = claims.caller(self.clock.now())?;
        let looked_up_ms = AtomicU64::new(self.now_ms());
        let ended = self.revocations.look_up(caller.session_id).await.map_err(|error| {
            tracing::warn!(%error, "a session cannot be looked up");
            Unauthenticated::Unknown
        })?;
        // A hint may have overtaken the look-up.
        if ended || self.revocations.contains(caller.session_id) {
            return Err(Unauthenticated::Revoked);
        }
        self.verified.insert(hash, Arc::new(Verified { caller, keys, looked_up_ms }));
        Ok(caller)
    }

    /// What can have changed about a token that was verified before.
    async fn verify_again(&self, verified: &Verified) -> Result<Caller, Unauthenticated> {
        let caller = verified.caller;
        still_valid(&caller, self.clock.now())?;
        if self.revocations.contains(caller.session_id) {
            return Err(Unauthenticated::Revoked);
        }
        if verified.is_due(self.now_ms()) {
            match self.revocations.look_up(caller.session_id).await {
                Ok(true) => return Err(Unauthenticated::Revoked),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "a session cannot be looked up; its token stays accepted"),
            }
        }
        Ok(caller)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[async_trait]
impl Authenticate for Verifier {
    async fn authenticate(&self, token: &str) -> Result<Caller, Unauthenticated> {
        let hash = Sha256::digest(token).into();
        match self.verified.get(&hash) {
            Some(verified) if self.keys.is_current(&verified.keys) => self.verify_again(&verified).await,
            _ => self.verify(token, hash).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use livemart_web::Role;

    use super::*;

    #[test]
    fn one_of_many_requests_looks_the_session_up_again() {
        let clock = Clock::default();
        let caller = Caller {
            user_id: clock.new_id(),
            session_id: clock.new_id(),
            role: Role::Customer,
            expires_at: clock.now(),
        };
        let verified = Verified { caller, keys: Arc::default(), looked_up_ms: AtomicU64::new(1_000) };
        assert!(!verified.is_due(5_999));
        assert!(verified.is_due(6_000));
        assert!(!verified.is_due(6_000), "another request has taken it on itself");
        assert!(verified.is_due(11_000));
    }
}
