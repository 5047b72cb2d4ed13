//! Extends a lock for as long as its guard lives, and says when that failed.

use std::sync::Arc;

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::error::LockError;
use crate::held::Held;

/// Ends when the lock is lost; stopped by the guard otherwise.
pub(crate) async fn keep(held: Arc<Held>) {
    let mut next = Instant::now() + held.options.extend_every();
    loop {
        sleep_until(next.min(held.until())).await;
        let now = Instant::now();
        match timeout_at(held.until(), held.extend()).await {
            Ok(Ok(())) => next = now + held.options.extend_every(),
            // Nodes that are away may be back before the lock runs out.
            Ok(Err(LockError::NoQuorum { .. })) if Instant::now() < held.until() => {
                next = Instant::now() + held.random.pause(&held.options.pause);
            }
            Ok(Err(_)) | Err(_) => break,
        }
    }
    held.lost.cancel();
    tracing::warn!(resource = held.keys.first(), fence = %held.fence, "lock lost while held");
}
