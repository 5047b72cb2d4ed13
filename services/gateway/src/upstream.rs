//! A replica as the gateway experiences it: how much it has to do, and whether it can be reached.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::circuit::Circuit;
use crate::replica::{Replica, Runs};

/// A replica that refused a connection is left alone for this long, unless it is heard of earlier. Bounded, for without
/// NATS nobody is heard of.
const EJECTED_FOR: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Upstream {
    pub replica: Replica,
    /// Of its service.
    pub circuit: Arc<Circuit>,
    pending: AtomicUsize,
    standing: Mutex<Standing>,
}

#[derive(Debug, Clone, Copy)]
struct Standing {
    heard_at: Instant,
    ejected_until: Option<Instant>,
    runs: Option<Runs>,
}

impl Upstream {
    pub fn new(replica: Replica, circuit: Arc<Circuit>) -> Self {
        let standing = Standing { heard_at: Instant::now(), ejected_until: None, runs: None };
        Self { replica, circuit, pending: AtomicUsize::new(0), standing: Mutex::new(standing) }
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It answered for itself: it is alive, whatever a connection met before.
    pub fn heard(&self) {
        let mut standing = self.standing();
        *standing = Standing { heard_at: Instant::now(), ejected_until: None, ..*standing };
    }

    /// It could not have answered, so its silence says nothing.
    pub fn excuse(&self) {
        self.standing().heard_at = Instant::now();
    }

    pub fn heard_at(&self) -> Instant {
        self.standing().heard_at
    }

    /// A connection was refused: the others are asked from now on.
    pub fn eject(&self) {
        self.standing().ejected_until = Some(Instant::now() + EJECTED_FOR);
    }

    pub fn is_ejected(&self) -> bool {
        self.standing().ejected_until.is_some_and(|until| Instant::now() < until)
    }

    /// It said which configuration it runs with.
    pub fn runs(&self, runs: Runs) {
        self.standing().runs = Some(runs);
    }

    pub fn configuration(&self) -> Option<Runs> {
        self.standing().runs
    }

    /// Requests that it is answering for this gateway.
    pub fn pending(&self) -> usize {
        self.pending.load(Ordering::Relaxed)
    }
}

/// One request at an upstream, counted until the last byte of its answer.
#[derive(Debug)]
pub struct Lease {
    upstream: Arc<Upstream>,
}

impl Lease {
    fn new(upstream: Arc<Upstream>) -> Self {
        upstream.pending.fetch_add(1, Ordering::Relaxed);
        Self { upstream }
    }

    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.upstream.pending.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Those who could answer a request, each to be tried once.
#[derive(Debug, Default)]
pub struct Candidates {
    untried: Vec<Arc<Upstream>>,
}

impl Candidates {
    /// `turn` grows with each request, so that of equally busy ones each is first in its turn.
    pub fn new(mut upstreams: Vec<Arc<Upstream>>, turn: usize) -> Self {
        if !upstreams.is_empty() {
            let first = turn % upstreams.len();
            upstreams.rotate_left(first);
        }
        Self { untried: upstreams }
    }

    /// The one with the least to do of those that can be reached.
    pub fn take(&mut self) -> Option<Lease> {
        self.untried.retain(|upstream| !upstream.is_ejected());
        let (best, _) = self.untried.iter().enumerate().min_by_key(|(_, upstream)| upstream.pending())?;
        Some(Lease::new(self.untried.remove(best)))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn replica(id: &str, routes: &[&str]) -> Replica {
        Replica {
            id: id.to_owned(),
            service: "order".to_owned(),
            instance: id.to_owned(),
            version: "0.1.0".to_owned(),
            pid: None,
            authority: "127.0.0.1:1".parse().expect("an authority"),
            routes: routes.iter().map(|route| (*route).to_owned()).collect(),
            durables: Vec::new(),
        }
    }

    fn upstreams() -> Vec<Arc<Upstream>> {
        ["a", "b", "c"].map(|id| Arc::new(Upstream::new(replica(id, &[]), Circuit::new("order")))).to_vec()
    }

    fn id(lease: &Lease) -> &str {
        &lease.upstream().replica.id
    }

    #[tokio::test]
    async fn equally_busy_replicas_take_turns() {
        let upstreams = upstreams();
        let first = |turn| Candidates::new(upstreams.clone(), turn).take().map(|lease| id(&lease).to_owned());
        assert_eq!([0, 1, 2, 3].map(first).map(|id| id.expect("a replica")), ["a", "b", "c", "a"]);
    }

    #[tokio::test]
    async fn the_replica_with_the_least_to_do_is_asked_and_is_free_again_when_its_answer_ends() {
        let upstreams = upstreams();
        let on_a = Candidates::new(upstreams.clone(), 0).take().expect("a replica");
        let on_b = Candidates::new(upstreams.clone(), 0).take().expect("a replica");
        assert_eq!((id(&on_a), id(&on_b)), ("a", "b"));
        drop(on_b);
        let _on_c = Candidates::new(upstreams.clone(), 2).take().expect("a replica");
        assert_eq!(id(&Candidates::new(upstreams, 0).take().expect("a replica")), "b");
    }

    #[tokio::test]
    async fn each_candidate_is_tried_once() {
        let mut candidates = Candidates::new(upstreams(), 0);
        let tried: Vec<String> = std::iter::from_fn(|| candidates.take()).map(|lease| id(&lease).to_owned()).collect();
        assert_eq!(tried, ["a", "b", "c"]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_ejected_replica_is_left_alone_until_it_is_heard_of_or_the_time_is_over() {
        let upstreams = upstreams();
        let [a, ..] = upstreams.as_slice() else { unreachable!("there are three") };
        a.eject();
        assert_eq!(id(&Candidates::new(upstreams.clone(), 0).take().expect("a replica")), "b");
        a.heard();
        assert_eq!(id(&Candidates::new(upstreams.clone(), 0).take().expect("a replica")), "a");
        a.eject();
        tokio::time::advance(EJECTED_FOR).await;
        assert!(!a.is_ejected());
    }
}
