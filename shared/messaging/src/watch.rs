//! What a service does because time passed: deadlines, and asking again after a silence.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::reaction::Failure;
use crate::store::Store;

/// A look at the service's own tables, at an interval. Like a reaction it may write, emit and ask, and cannot commit.
pub trait Watch: Send + Sync + 'static {
    const NAME: &'static str;
    const EVERY: Duration;

    /// Takes a bounded number of overdue rows, locked so that replicas share them. Answers whether more may be overdue.
    fn look(&self, cx: &mut Context) -> impl Future<Output = Result<More, Failure>> + Send;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    Yes,
    No,
}

impl More {
    /// A full batch means that more may wait.
    pub fn when_full(taken: usize, at_most: usize) -> Self {
        if taken >= at_most { Self::Yes } else { Self::No }
    }
}

/// Looks until `stop`.
pub async fn run<W: Watch>(watch: W, store: Store, stop: CancellationToken) {
    let mut interval = tokio::time::interval(W::EVERY);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            () = stop.cancelled() => return,
        }
        while !stop.is_cancelled() {
            match look(&watch, &store).await {
                Ok(More::Yes) => {}
                Ok(More::No) => break,
                Err(error) => {
                    tracing::warn!(watch = W::NAME, %error, "a watch failed, looking again at its next turn");
                    break;
                }
            }
        }
    }
}

async fn look<W: Watch>(watch: &W, store: &Store) -> Result<More, Failure> {
    let mut work = store.begin().await?.of_step(W::NAME);
    let more = watch.look(&mut work).await?;
    work.commit().await?;
    Ok(more)
}
