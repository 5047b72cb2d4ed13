//! Background work of a service, in stages that stop one after the other.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A set of background tasks that are told to stop together, and waited for.
#[derive(Clone)]
pub(crate) struct Stage {
    name: &'static str,
    stop: CancellationToken,
    tracker: TaskTracker,
    /// Cancelled when a task ends by itself: a service without one of its loops must not go on as if it had it.
    broken: CancellationToken,
}

impl Stage {
    pub(crate) fn new(name: &'static str, broken: &CancellationToken) -> Self {
        Self { name, stop: CancellationToken::new(), tracker: TaskTracker::new(), broken: broken.clone() }
    }

    pub(crate) fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Runs `task`, which ends only when the stage stops. One that panics or returns earlier brings the service down,
    /// so that whoever runs it starts it anew.
    pub(crate) fn spawn(&self, task: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        let handle = self.tracker.spawn(future);
        let (stop, broken) = (self.stop.clone(), self.broken.clone());
        self.tracker.spawn(async move {
            let ended = handle.await;
            if !stop.is_cancelled() {
                tracing::error!(
                    task,
                    panicked = ended.is_err(),
                    "a background task ended by itself, stopping the service"
                );
                broken.cancel();
            }
        });
    }

    /// Runs `task`, which may end when its work is done, and is given up when the stage stops.
    pub(crate) fn spawn_until_stop(&self, future: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tracker.spawn(async move {
            tokio::select! {
                () = future => {}
                () = stop.cancelled() => {}
            }
        });
    }

    /// Tells the tasks to stop and waits for them, for `at_most`.
    pub(crate) async fn stop(&self, at_most: Duration) {
        self.stop.cancel();
        self.tracker.close();
        if tokio::time::timeout(at_most, self.tracker.wait()).await.is_err() {
            tracing::warn!(stage = self.name, "not everything stopped in time");
        }
    }
}
