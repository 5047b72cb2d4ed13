//! A lock that is held: what it is, until when, and how it is extended and given back.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::LockError;
use crate::fence::Fence;
use crate::keys::Keys;
use crate::options::Options;
use crate::random::Random;
use crate::round::{Nodes, Turns};
use crate::scripts;
use crate::tally::Verdict;

/// Shared by the guard and the task that extends it.
pub(crate) struct Held {
    pub(crate) nodes: Arc<Nodes>,
    pub(crate) turns: Turns,
    pub(crate) options: Arc<Options>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) keys: Keys,
    pub(crate) value: String,
    pub(crate) fence: Fence,
    pub(crate) until: watch::Sender<Instant>,
    /// Cancelled for good when the lock is lost: a lock that was once doubtful is never trusted again.
    pub(crate) lost: CancellationToken,
}

impl Held {
    pub(crate) fn until(&self) -> Instant {
        *self.until.borrow()
    }

    pub(crate) fn is_held(&self) -> bool {
        !self.lost.is_cancelled() && Instant::now() < self.until()
    }

    /// # Errors
    /// `Expired`: lost, for good. `NoQuorum`: still held until [`Self::until`], and worth another try.
    pub(crate) async fn extend(&self) -> Result<(), LockError> {
        if !self.is_held() {
            return Err(self.lose("extended"));
        }
        let start = Instant::now();
        let call =
            scripts::extend(&self.keys, &self.value, self.options.expiry, self.fence, self.options.recreate_on_extend);
        let (verdict, tally) = self.nodes.ask(&self.turns, call, scripts::done_for(1)).await;
        match verdict {
            // Past the old end the lock may have been somebody else's, even if it is ours again.
            Verdict::Granted if self.is_held() => {
                let extended = self.options.valid_until(start);
                self.until.send_modify(|until| *until = extended.max(*until));
                Ok(())
            }
            Verdict::Granted | Verdict::Refused => Err(self.lose("extended")),
            Verdict::Unreachable => Err(tally.into_no_quorum()),
        }
    }

    /// # Errors
    /// `Expired`: a majority no longer had the keys. `NoQuorum`: the keys expire by themselves.
    pub(crate) async fn release(&self) -> Result<(), LockError> {
        let call = scripts::release(&self.keys, &self.value, Some(self.fence));
        let (verdict, tally) = self.nodes.ask(&self.turns, call, scripts::done_for(self.keys.count())).await;
        match verdict {
            Verdict::Granted => Ok(()),
            Verdict::Refused => Err(self.lose("released")),
            Verdict::Unreachable => Err(tally.into_no_quorum()),
        }
    }

    fn lose(&self, before: &'static str) -> LockError {
        self.lost.cancel();
        LockError::Expired { resource: self.keys.first(), before }
    }
}
