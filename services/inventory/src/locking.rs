//! The Redis lock of a batch's products. It takes contention away and decides nothing.
//!
//! Replicas that change the same hot products would queue for their rows inside Postgres. With the lock they queue before
//! they hold any of those rows, and for a bounded time. Every step is right without it: rows are locked before they are
//! read, and the update that follows is conditional ([`stock::change_in`](crate::store::stock)). So no answer from Redis,
//! whatever it is, stops a sale: a lock that cannot be had in time is gone without.
//!
//! # The fence
//!
//! Each holder gets a number larger than that of every earlier holder of any of its products. The update compares it with
//! the number stored beside the level, refuses a lower one and stores its own: a holder who lost the lock to another one
//! while it was paused cannot write after it. It fails, and is run again.
//!
//! A step *without* a lock neither checks the number nor changes it:
//!
//! - it has none to check, and being refused for that would let Redis decide whether the shop sells;
//! - were it to raise the number, it would have to invent one, and every holder would be refused until Redis had counted
//!   past the invention;
//! - were it to reset the number, a late holder could pass who should not.
//!
//! Left alone, the number orders holders among themselves, which is all that it is for. Steps without a lock are ordered
//! with everybody by the row locks. For the same reason a lock is given back once its rows are changed, before the
//! commit: from there the row locks keep others out.
//!
//! Numbers may also be refused because Redis lost its counters under clocks that disagree. Then the nodes are told what
//! was seen here, and this replica works without locks for a few seconds: the step that is run again does not depend on
//! Redis.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use livemart_contracts::ProductId;
use livemart_locks::{Fence, LockError, LockGuard, Locks, Options, SetupError};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

/// A holder that dies blocks others for this long. A step takes milliseconds, and its guard extends itself.
const EXPIRY: Duration = Duration::from_secs(2);
/// Of the expiry: 40 ms for asking the nodes once. What a node that hangs can cost a batch, before the rest begins.
const ROUND: f64 = 0.02;
/// Tries with a pause between them: at most about 50 ms of waiting for another holder, which is longer than a batch takes.
const TRIES: u32 = 4;
const PAUSE: std::ops::RangeInclusive<Duration> = Duration::from_millis(5)..=Duration::from_millis(15);
/// How long to go without locks after Redis failed: an outage costs one round in this time, not one per batch.
const REST: Duration = Duration::from_secs(5);

/// The locks of this replica; without any until [`ProductLocks::connect`].
#[derive(Clone, Default)]
pub struct ProductLocks {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    locks: OnceLock<Locks>,
    rests_until: Mutex<Option<Instant>>,
}

impl ProductLocks {
    /// Takes locks at these nodes from now on. `None` when there are no nodes.
    pub fn connect(&self, nodes: &[SecretString]) -> Result<Option<&Locks>, SetupError> {
        // A variable that is set to nothing is one empty name.
        let nodes: Vec<&str> = nodes.iter().map(ExposeSecret::expose_secret).filter(|node| !node.is_empty()).collect();
        if nodes.is_empty() {
            return Ok(None);
        }
        let options =
            Options { expiry: EXPIRY, timeout_factor: ROUND, tries: TRIES, pause: PAUSE, ..Options::default() };
        let locks = Locks::new("inventory", &nodes, options)?;
        Ok(Some(self.inner.locks.get_or_init(|| locks)))
    }

    /// Locks `products`, or goes without.
    pub async fn take(&self, products: &BTreeSet<ProductId>) -> Option<LockGuard> {
        let locks = self.inner.locks.get()?;
        if products.is_empty() || self.rests() {
            return None;
        }
        match locks.lock_all(names(products)).await {
            Ok(guard) => Some(guard),
            Err(error @ LockError::NoQuorum { .. }) => {
                self.rest();
                tracing::warn!(%error, rest_seconds = REST.as_secs(), "no locks can be had, going on without");
                None
            }
            Err(error) => {
                tracing::debug!(%error, products = products.len(), "going on without the lock");
                None
            }
        }
    }

    /// Lets others in.
    pub async fn give_back(guard: Option<LockGuard>) {
        let Some(guard) = guard else { return };
        if let Err(error) = guard.release().await {
            tracing::debug!(%error, "a lock was not given back, it expires");
        }
    }

    /// The number of this replica's lock was refused, for a product that `seen` has written to.
    pub async fn refused(&self, products: &BTreeSet<ProductId>, seen: i64) {
        self.rest();
        tracing::warn!(seen, "a later holder of the lock has written, running the step again without a lock");
        let (Some(locks), Ok(floor)) = (self.inner.locks.get(), Fence::try_from(seen)) else { return };
        if let Err(error) = locks.raise_fence(names(products), floor).await {
            tracing::debug!(%error, "the lock nodes were not told of the number that was seen");
        }
    }

    fn rests(&self) -> bool {
        self.rests_until().is_some_and(|until| Instant::now() < until)
    }

    fn rest(&self) {
        *self.rests_until() = Some(Instant::now() + REST);
    }

    fn rests_until(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.inner.rests_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn names(products: &BTreeSet<ProductId>) -> impl Iterator<Item = String> {
    products.iter().map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::*;

    fn products() -> BTreeSet<ProductId> {
        BTreeSet::from([Clock::default().new_id()])
    }

    #[tokio::test]
    async fn without_nodes_there_are_no_locks() {
        let locks = ProductLocks::default();
        assert!(locks.connect(&[SecretString::from("")]).expect("nothing is configured").is_none());
        assert!(locks.take(&products()).await.is_none());
    }

    #[tokio::test]
    async fn nodes_that_are_down_are_left_alone_for_a_while() {
        let locks = ProductLocks::default();
        // Port 1 is reserved: nothing listens there.
        locks.connect(&[SecretString::from("redis://127.0.0.1:1")]).expect("a usable address");
        assert!(locks.take(&products()).await.is_none());
        assert!(locks.rests());
    }
}
