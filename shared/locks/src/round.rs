//! Asking all nodes the same thing at once, and not waiting for more answers than it takes.

use std::future::Future;
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::Mutex;
use tokio_util::task::TaskTracker;

use crate::error::{LockError, NodeFailure};
use crate::node::Node;
use crate::scripts::{Call, Vote};
use crate::tally::{Tally, Verdict};

/// The nodes that vote, and what is still under way to them.
pub(crate) struct Nodes {
    nodes: Vec<Arc<Node>>,
    background: TaskTracker,
}

/// Keeps the calls for one holding of a lock in order on each node. Else a release could overtake the
/// taking on a node that has yet to be connected to, or told the script, and leave it locked until the
/// expiry.
#[derive(Clone)]
pub(crate) struct Turns(Arc<[Mutex<()>]>);

impl Nodes {
    pub(crate) fn new(nodes: Vec<Node>) -> Self {
        Self { nodes: nodes.into_iter().map(Arc::new).collect(), background: TaskTracker::new() }
    }

    pub(crate) fn turns(&self) -> Turns {
        Turns(self.nodes.iter().map(|_| Mutex::new(())).collect())
    }

    /// Asks every node; returns once the verdict is certain. Calls that are still out go on behind it,
    /// each bounded by the node's timeout: a slow node should know what the others know.
    pub(crate) async fn ask<J>(&self, turns: &Turns, call: Call, judge: J) -> (Verdict, Tally)
    where
        J: Fn(i64) -> Vote + Send + Sync + 'static,
    {
        let mut tally = Tally::of(self.nodes.len());
        let mut answers = self.send(turns, call, judge);
        // A full count is always decided, so the default is never used.
        let mut verdict = None;
        while verdict.is_none()
            && let Some(answer) = answers.next().await
        {
            tally.count(answer);
            verdict = tally.verdict();
        }
        if !answers.is_empty() {
            self.background(async move { while answers.next().await.is_some() {} });
        }
        (verdict.unwrap_or(Verdict::Unreachable), tally)
    }

    /// Tells every node without waiting for any.
    pub(crate) fn tell(&self, turns: &Turns, call: Call) {
        let mut answers = self.send(turns, call, Vote::Granted);
        self.background(async move { while answers.next().await.is_some() {} });
    }

    fn send<J>(&self, turns: &Turns, call: Call, judge: J) -> Answers
    where
        J: Fn(i64) -> Vote + Send + Sync + 'static,
    {
        let shared = Arc::new((call, judge));
        self.nodes
            .iter()
            .enumerate()
            .map(|(index, node)| {
                let (node, turns, shared) = (node.clone(), turns.clone(), shared.clone());
                Box::pin(async move { node.call(&shared.0, &turns.0[index]).await.map(&shared.1) }) as Answer
            })
            .collect()
    }

    fn background(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.background.spawn(task);
    }

    /// Runs the extensions of a guard, so that [`Self::drain`] knows of them.
    pub(crate) fn tracker(&self) -> &TaskTracker {
        &self.background
    }

    pub(crate) async fn drain(&self) {
        self.background.close();
        self.background.wait().await;
    }
}

type Answer = futures::future::BoxFuture<'static, Result<Vote, NodeFailure>>;
type Answers = FuturesUnordered<Answer>;

impl Tally {
    /// For a verdict of [`Verdict::Unreachable`].
    pub(crate) fn into_no_quorum(self) -> LockError {
        LockError::NoQuorum {
            reached: self.reached(),
            needed: self.quorum(),
            nodes: self.nodes(),
            failures: self.into_failures(),
        }
    }
}
