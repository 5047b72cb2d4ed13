//! Who is told after a commit that there is something to publish or to carry out.
//!
//! A wake is a hint: whoever sleeps also looks by itself every [`POLL`], so a lost one costs time, not truth.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};

/// How long a loop sleeps at most when nobody wakes it: the delay that a lost hint or another replica's crash costs.
pub const POLL: Duration = Duration::from_secs(1);

/// A hint is worth nothing once another one waits.
const HINTS_WAITING: usize = 1;

/// The wakers of one replica.
#[derive(Clone)]
pub struct Wakes {
    inner: Arc<Inner>,
}

struct Inner {
    outbox: Notify,
    tasks: watch::Sender<()>,
    relays: AtomicBool,
    hints: mpsc::Sender<()>,
}

impl Wakes {
    /// The second value yields once for each commit whose events another replica has to publish.
    pub fn new() -> (Self, mpsc::Receiver<()>) {
        let (hints, received) = mpsc::channel(HINTS_WAITING);
        let inner =
            Inner { outbox: Notify::new(), tasks: watch::Sender::new(()), relays: AtomicBool::new(false), hints };
        (Self { inner: Arc::new(inner) }, received)
    }

    pub(crate) fn committed(&self, events: bool, tasks: bool) {
        if tasks {
            self.inner.tasks.send_replace(());
        }
        if events {
            self.outbox();
            if !self.inner.relays.load(Ordering::Relaxed) {
                // Full means that a hint is on its way already.
                let _ = self.inner.hints.try_send(());
            }
        }
    }

    /// Wakes this replica's relay.
    pub fn outbox(&self) {
        self.inner.outbox.notify_one();
    }

    pub(crate) fn set_relays(&self, relays: bool) {
        self.inner.relays.store(relays, Ordering::Relaxed);
    }

    pub(crate) async fn outbox_woken(&self) {
        let _ = tokio::time::timeout(POLL, self.inner.outbox.notified()).await;
    }

    /// Changes whenever this replica committed tasks: each kind of effect has a worker that watches.
    pub(crate) fn tasks(&self) -> watch::Receiver<()> {
        self.inner.tasks.subscribe()
    }
}
