//! Group commit: requests that arrive while a commit is under way share the next one.
//!
//! A request on an idle system is committed at once, by itself; a batch never waits to fill.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};

use crate::store::Store;

/// Requests in one commit, where nothing else is asked for.
const BATCH: usize = 128;
/// Requests that wait; beyond it a caller is told to come back, rather than kept waiting past its patience.
const WAITING: usize = 4_096;
/// Commits under way at once: one is written while the next is filled.
pub const LANES: usize = 2;

type Waiting<R, A> = (R, oneshot::Sender<A>);

/// Where requests queue for their commit.
pub struct Group<R, A> {
    queue: mpsc::Sender<Waiting<R, A>>,
}

impl<R, A> Clone for Group<R, A> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

/// The queue is full, or the service is stopping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests wait for a commit")]
pub struct Overloaded;

impl<R, A> Group<R, A> {
    /// Queues `request` and waits for its answer.
    pub async fn submit(&self, request: R) -> Result<A, Overloaded> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send((request, answer)).map_err(|_| Overloaded)?;
        answered.await.map_err(|_| Overloaded)
    }
}

/// Takes requests off the queue of a [`Group`]; [`LANES`] of these share one queue.
pub struct Lane<R, A> {
    queue: Arc<Mutex<mpsc::Receiver<Waiting<R, A>>>>,
    batch: usize,
}

/// A queue and its lanes, each to be run as a task of the service.
pub fn group<R, A>() -> (Group<R, A>, Vec<Lane<R, A>>) {
    let (queue, requests) = mpsc::channel(WAITING);
    let requests = Arc::new(Mutex::new(requests));
    let lanes = (0..LANES).map(|_| Lane { queue: Arc::clone(&requests), batch: BATCH }).collect();
    (Group { queue }, lanes)
}

impl<R, A> Lane<R, A> {
    /// The same lane, in batches of what `store` allows.
    pub fn committing_to(self, store: &Store) -> Self {
        Self { batch: store.batch(BATCH), ..self }
    }

    /// Commits until every [`Group`] is gone. `commit` answers each request, in their order.
    pub async fn run<F: Future<Output = Vec<A>>>(self, commit: impl Fn(Vec<R>) -> F) {
        loop {
            let mut waiting = Vec::new();
            if self.queue.lock().await.recv_many(&mut waiting, self.batch).await == 0 {
                return;
            }
            let (requests, answers): (Vec<R>, Vec<oneshot::Sender<A>>) = waiting.into_iter().unzip();
            for (answer, to) in commit(requests).await.into_iter().zip(answers) {
                // A caller that left does not need its answer; its commit stands.
                let _ = to.send(answer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_that_wait_together_are_committed_together_and_each_gets_its_own_answer() {
        let (group, lanes) = group::<u32, (u32, usize)>();
        let requests = futures::future::join_all((0..10).map(|number| {
            let group = group.clone();
            async move { group.submit(number).await }
        }));
        drop(group);
        let commit = |numbers: Vec<u32>| async move {
            let together = numbers.len();
            numbers.into_iter().map(|number| (number * 2, together)).collect()
        };
        let lane = lanes.into_iter().next().expect("a lane");
        let (answers, ()) = futures::join!(requests, lane.run(commit));
        let answers: Vec<_> = answers.into_iter().map(|answer| answer.expect("an answer")).collect();
        assert_eq!(
            answers.iter().map(|(double, _)| *double).collect::<Vec<_>>(),
            (0..10).map(|n| n * 2).collect::<Vec<_>>()
        );
        assert!(answers.iter().all(|(_, together)| *together == 10), "{answers:?}");
    }
}
