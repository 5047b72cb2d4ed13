//! What the holder has in hand.

use std::fmt;
use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::error::LockError;
use crate::fence::Fence;
use crate::held::Held;
use crate::keeper;

/// A lock that is held, and extends itself after each third of its expiry.
///
/// Give it back with [`release`](Self::release). **Dropping it gives nothing back**: a destructor cannot
/// wait for the network, so the keys stay until they expire, at most one expiry later. That is right for
/// a holder that panics or is cancelled, and slow for everybody else.
///
/// It extends itself for as long as it lives: bound the work done under it.
#[must_use = "a lock that is dropped at once protects nothing, and blocks others until it expires"]
pub struct LockGuard {
    held: Arc<Held>,
    keeper: AbortOnDropHandle<()>,
}

impl LockGuard {
    pub(crate) fn new(held: Held) -> Self {
        let held = Arc::new(held);
        let task = held.nodes.tracker().spawn(keeper::keep(held.clone()));
        Self { held, keeper: AbortOnDropHandle::new(task) }
    }

    /// The number of this holding, larger than that of every earlier holder of any of its resources.
    /// Hand it to whatever is written to under the lock.
    #[must_use]
    pub fn fence(&self) -> Fence {
        self.held.fence
    }

    /// Until when nobody else can have it, as far as clocks can be trusted; it moves on with each
    /// extension. The clock is monotonic, and stands still while the machine is suspended.
    #[must_use]
    pub fn until(&self) -> Instant {
        self.held.until()
    }

    /// Whether it is held by all that is known here. A moment later it may not be: see [`Self::fence`].
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.held.is_held()
    }

    /// Cancelled when the lock is lost: when it ran out because it could not be extended, or the nodes
    /// said that it is somebody else's. Never cancelled by a release or a drop.
    #[must_use]
    pub fn lost(&self) -> CancellationToken {
        self.held.lost.child_token()
    }

    /// Extends it to a full expiry from now, ahead of its own time.
    ///
    /// # Errors
    /// [`LockError::Expired`] when it is lost; [`LockError::NoQuorum`] when too few nodes answered, in
    /// which case it is still held until [`Self::until`].
    pub async fn extend(&self) -> Result<(), LockError> {
        self.held.extend().await
    }

    /// Gives it back, so that the next holder need not wait for the expiry.
    ///
    /// # Errors
    /// [`LockError::Expired`] when a majority of nodes no longer had it: somebody else may have been in,
    /// and only the fence protects what was done. [`LockError::NoQuorum`] when too few nodes answered;
    /// what is left expires by itself.
    pub async fn release(mut self) -> Result<(), LockError> {
        self.keeper.abort();
        // An extension that is being sent must not arrive after the release. It ends as aborted or lost,
        // which is no matter here.
        let _ended = (&mut self.keeper).await;
        self.held.release().await
    }
}

impl fmt::Debug for LockGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockGuard")
            .field("resource", &self.held.keys.first())
            .field("fence", &self.held.fence)
            .field("held", &self.is_held())
            .finish_non_exhaustive()
    }
}
