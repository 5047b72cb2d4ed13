//! Counts of this replica alone, while Redis does not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::sync::Cache;
use tokio::time::Instant;

use super::quota::{Quota, Verdict};

/// About 10 MB. A flood from more clients than this lets some of them have their burst again.
const REMEMBERED: u64 = 100_000;
/// Of a client that is silent for longer than the longest window that can be configured for a sensible quota, nothing has
/// to be known.
const IDLE: Duration = Duration::from_secs(10 * 60);

pub(super) struct Memory {
    began: Instant,
    /// When the bucket of a client will be empty, in microseconds since the beginning.
    clients: Cache<String, Arc<AtomicU64>>,
}

impl Default for Memory {
    fn default() -> Self {
        let clients = Cache::builder().max_capacity(REMEMBERED).time_to_idle(IDLE).build();
        Self { began: Instant::now(), clients }
    }
}

impl Memory {
    pub(super) fn count(&self, key: &str, quota: Quota) -> Verdict {
        let now = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let client = self.clients.entry_by_ref(key).or_default().into_value();
        let mut empty_at = client.load(Ordering::Relaxed);
        loop {
            let (next, verdict) = quota.decide(empty_at, now);
            match client.compare_exchange_weak(empty_at, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return verdict,
                Err(other) => empty_at = other,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_client_has_its_burst_and_others_have_their_own() {
        let quota = Quota { rate: NonZeroU32::new(10).unwrap(), burst: NonZeroU32::new(2).unwrap() };
        let memory = Memory::default();
        let refused = |client: &str| memory.count(client, quota).refused.is_some();
        assert_eq!([refused("a"), refused("a"), refused("a"), refused("b")], [false, false, true, false]);
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!([refused("a"), refused("a")], [false, true]);
    }
}
