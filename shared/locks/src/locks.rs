//! Taking locks.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, SystemClock};
use crate::error::{LockError, SetupError};
use crate::fence::Fence;
use crate::guard::LockGuard;
use crate::held::Held;
use crate::keys::Keys;
use crate::node::Node;
use crate::options::Options;
use crate::random::{Random, ThreadRandom};
use crate::round::{Nodes, Turns};
use crate::scripts::{self, Vote};
use crate::tally::{Tally, Verdict};

/// The locks of one service, over its Redis nodes. Cheap to clone.
#[derive(Clone)]
pub struct Locks {
    service: Arc<str>,
    nodes: Arc<Nodes>,
    options: Arc<Options>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Locks {
    /// Locks named `livemart:<service>:lock:<resource>` on these nodes, each `redis://[:password@]host:port`.
    /// Connects to nothing yet, so that a service starts while its nodes are down.
    ///
    /// # Errors
    /// What is wrong with the configuration, or that there is no tokio runtime here.
    pub fn new(service: &str, urls: &[impl AsRef<str>], options: Options) -> Result<Self, SetupError> {
        options.check()?;
        Handle::try_current().map_err(|_| SetupError::NoRuntime)?;
        if urls.is_empty() {
            return Err(SetupError::NoNodes);
        }
        let mut names = HashSet::new();
        let mut nodes = Vec::with_capacity(urls.len());
        for (index, url) in urls.iter().enumerate() {
            let node = Node::new(url.as_ref(), options.round_timeout())
                .map_err(|error| SetupError::Url { number: index + 1, reason: error.to_string() })?;
            if !names.insert(node.name().to_owned()) {
                return Err(SetupError::SameNodeTwice { node: node.name().to_owned() });
            }
            nodes.push(node);
        }
        Ok(Self {
            service: service.into(),
            nodes: Arc::new(Nodes::new(nodes)),
            options: Arc::new(options),
            clock: Arc::new(SystemClock),
            random: Arc::new(ThreadRandom),
        })
    }

    /// With another time of day for the fence.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// With other values and pauses.
    #[must_use]
    pub fn with_random(mut self, random: impl Random + 'static) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// Takes the lock now or not at all.
    ///
    /// # Errors
    /// [`LockError::Taken`] by somebody else; [`LockError::NoQuorum`] when too few nodes answered;
    /// [`LockError::Expired`] when the nodes were so slow that it was over before it began.
    pub async fn try_lock(&self, resource: &str) -> Result<LockGuard, LockError> {
        self.try_lock_all([resource]).await
    }

    /// Takes the lock, waiting for whoever has it: up to [`Options::tries`] times.
    ///
    /// A future that is dropped in the middle of a try may leave keys behind; they expire.
    ///
    /// # Errors
    /// As [`Self::try_lock`]. Too few nodes is an error at once: waiting for them is the caller's choice.
    pub async fn lock(&self, resource: &str) -> Result<LockGuard, LockError> {
        self.lock_all([resource]).await
    }

    /// Takes all of these now, or none, with one call per node. They share one guard and one fence.
    ///
    /// # Errors
    /// As [`Self::try_lock`], and when `resources` is empty or has more than 1,000 names.
    pub async fn try_lock_all(
        &self,
        resources: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<LockGuard, LockError> {
        let keys = Keys::new(&self.service, resources)?;
        self.attempt(keys).await.map_err(|(error, _)| error)
    }

    /// Takes all of these, waiting for whoever has any. Nothing is held while waiting and nodes take all
    /// or none, so lists that overlap in any order cannot deadlock.
    ///
    /// # Errors
    /// As [`Self::lock`], and when `resources` is empty or has more than 1,000 names.
    pub async fn lock_all(
        &self,
        resources: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<LockGuard, LockError> {
        let mut keys = Keys::new(&self.service, resources)?;
        let mut tries = 1;
        loop {
            match self.attempt(keys).await {
                Err((LockError::Taken { .. } | LockError::Expired { .. }, again)) if tries < self.options.tries => {
                    keys = again;
                }
                outcome => return outcome.map_err(|(error, _)| error),
            }
            tries += 1;
            sleep(self.random.pause(&self.options.pause)).await;
        }
    }

    /// Makes the next fences of these resources larger than `floor`. For a store that refused a fence
    /// because it has seen a larger one: after the nodes lost their counters, under clocks that disagree.
    ///
    /// # Errors
    /// [`LockError::NoQuorum`] when too few nodes answered; a second call does no harm.
    pub async fn raise_fence(
        &self,
        resources: impl IntoIterator<Item = impl Into<String>>,
        floor: Fence,
    ) -> Result<(), LockError> {
        self.raise(&self.nodes.turns(), &Keys::new(&self.service, resources)?, floor).await
    }

    /// Waits for what goes on behind calls that have returned: slow nodes being told, failed tries being
    /// cleaned up, guards extending themselves. For a graceful stop, after the last guard was released.
    pub async fn drain(&self) {
        self.nodes.drain().await;
    }

    /// One try, with a value of its own. Gives the keys back on failure, for the next.
    async fn attempt(&self, keys: Keys) -> Result<LockGuard, (LockError, Keys)> {
        let value = format!("{:032x}", self.random.value());
        let turns = self.nodes.turns();
        match self.take(&turns, &keys, &value).await {
            Ok((fence, until)) => Ok(LockGuard::new(Held {
                nodes: self.nodes.clone(),
                turns,
                options: self.options.clone(),
                random: self.random.clone(),
                keys,
                value,
                fence,
                until: watch::Sender::new(until),
                lost: CancellationToken::new(),
            })),
            Err(error) => {
                // Also where a node seemed to refuse or fail: it may have answered too late.
                self.nodes.tell(&turns, scripts::release(&keys, &value, None));
                Err((error, keys))
            }
        }
    }

    async fn take(&self, turns: &Turns, keys: &Keys, value: &str) -> Result<(Fence, Instant), LockError> {
        let start = Instant::now();
        let proposed = Fence::proposed_by(&*self.clock);
        let call = scripts::acquire(keys, value, self.options.expiry, proposed);
        let (verdict, tally) = self.nodes.ask(turns, call, scripts::acquired).await;
        match verdict {
            Verdict::Granted => {}
            Verdict::Refused => return Err(taken(keys, &tally)),
            Verdict::Unreachable => return Err(tally.into_no_quorum()),
        }
        let fence = self.settle(turns, keys, &tally, proposed).await?;
        let until = self.options.valid_until(start);
        if Instant::now() >= until {
            return Err(LockError::Expired { resource: keys.first(), before: "taken" });
        }
        Ok((fence, until))
    }

    /// The largest answer, once a majority of counters stands there: the `fence` module says why.
    async fn settle(&self, turns: &Turns, keys: &Keys, tally: &Tally, proposed: Fence) -> Result<Fence, LockError> {
        let fence = tally.highest().map_or(proposed, Fence::answered);
        if !tally.agreed_on(fence.get()) {
            self.raise(turns, keys, fence).await?;
        }
        Ok(fence)
    }

    async fn raise(&self, turns: &Turns, keys: &Keys, floor: Fence) -> Result<(), LockError> {
        let (verdict, tally) = self.nodes.ask(turns, scripts::raise_fence(keys, floor), Vote::Granted).await;
        match verdict {
            Verdict::Granted => Ok(()),
            Verdict::Refused | Verdict::Unreachable => Err(tally.into_no_quorum()),
        }
    }
}

fn taken(keys: &Keys, tally: &Tally) -> LockError {
    LockError::Taken {
        resource: tally.refusal().map_or_else(|| keys.first(), |position| keys.at_lua_position(position)),
    }
}

impl fmt::Debug for Locks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locks").field("service", &self.service).finish_non_exhaustive()
    }
}
