//! Who is there, and which paths they answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

use crate::circuit::Circuit;
use crate::replica::{Replica, Runs};
use crate::upstream::{Candidates, Upstream};

/// A replica that lets this much time pass in silence, while others answer, is gone or frozen. Two questions and a half:
/// one answer may be lost, and a busy machine may be slow.
const SILENCE_LIMIT: Duration = Duration::from_secs(5);

/// Longer than the shortest pause between two questions, with time for an answer; a client of a path that does not exist
/// waits for as long.
const NEWCOMER_LIMIT: Duration = Duration::from_millis(250);

/// What is known of the services. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    table: watch::Sender<Table>,
    /// Somebody could not be reached, or is not known yet: it is time to ask again.
    outdated: Notify,
}

#[derive(Debug, Default)]
struct Table {
    upstreams: Vec<Arc<Upstream>>,
    /// Prefixes stay when nobody answers them any more: an outage is not an unknown path.
    routes: BTreeMap<String, Route>,
    /// By service.
    circuits: BTreeMap<String, Arc<Circuit>>,
    last_answer: Option<Instant>,
}

/// Where one prefix leads.
#[derive(Debug, Default)]
struct Route {
    upstreams: Vec<Arc<Upstream>>,
    /// Of this route alone: with one for all, clients that take services in turn would always meet the same replica.
    turn: AtomicUsize,
}

impl Table {
    fn circuit(&mut self, service: &str) -> Arc<Circuit> {
        let circuit = self.circuits.entry(service.to_owned()).or_insert_with(|| Circuit::new(service));
        Arc::clone(circuit)
    }

    fn reroute(&mut self) {
        for route in self.routes.values_mut() {
            route.upstreams.clear();
        }
        for upstream in &self.upstreams {
            for route in &upstream.replica.routes {
                self.routes.entry(route.clone()).or_default().upstreams.push(Arc::clone(upstream));
            }
        }
    }

    /// The longest prefix of `path` that ends where a segment ends.
    fn route(&self, path: &str) -> Option<&Route> {
        let shorter = |prefix: &&str| prefix.rfind('/').map(|end| &path[..end]);
        let mut prefixes = std::iter::successors(Some(path), shorter);
        prefixes.find_map(|prefix| self.routes.get(prefix))
    }
}

impl Registry {
    /// Those who can answer `path`; `None` when nobody ever announced it.
    pub fn route(&self, path: &str) -> Option<Candidates> {
        let table = self.inner.table.borrow();
        let route = table.route(path)?;
        Some(Candidates::new(route.upstreams.clone(), route.turn.fetch_add(1, Ordering::Relaxed)))
    }

    /// As [`Registry::route`], for somebody who may have only just come: before a path is called unknown, everybody is
    /// asked again, and given a moment to answer.
    pub async fn find(&self, path: &str) -> Option<Candidates> {
        if let Some(known) = self.route(path) {
            return Some(known);
        }
        let mut changes = self.inner.table.subscribe();
        self.inner.outdated.notify_one();
        // Whether it ended with a route or with the limit, the table says.
        let _ = timeout(NEWCOMER_LIMIT, changes.wait_for(|table| table.route(path).is_some())).await;
        self.route(path)
    }

    /// Takes in that `replica` said it is there.
    pub fn heard(&self, replica: Replica) {
        self.inner.table.send_if_modified(|table| {
            table.last_answer = Some(Instant::now());
            let circuit = table.circuit(&replica.service);
            let known = table.upstreams.iter_mut().find(|upstream| upstream.replica.id == replica.id);
            match known {
                Some(upstream) if upstream.replica == replica => {
                    upstream.heard();
                    return false;
                }
                Some(upstream) => *upstream = Arc::new(Upstream::new(replica, circuit)),
                None => {
                    tracing::info!(
                        service = replica.service,
                        instance = replica.instance,
                        address = %replica.authority,
                        "a replica appeared"
                    );
                    circuit.reset();
                    table.upstreams.push(Arc::new(Upstream::new(replica, circuit)));
                }
            }
            table.reroute();
            true
        });
    }

    /// Takes in which configuration a replica runs with.
    pub fn runs(&self, id: &str, runs: Runs) {
        let table = self.inner.table.borrow();
        if let Some(upstream) = table.upstreams.iter().find(|upstream| upstream.replica.id == id) {
            upstream.runs(runs);
        }
    }

    /// Forgets who was silent for too long while others answered. When nobody answers, nobody is forgotten: it is NATS
    /// that is away.
    pub fn forget_silent(&self) {
        self.inner.table.send_if_modified(|table| {
            let Some(last_answer) = table.last_answer else { return false };
            let before = table.upstreams.len();
            table.upstreams.retain(|upstream| {
                let silent = last_answer.saturating_duration_since(upstream.heard_at()) > SILENCE_LIMIT;
                if silent {
                    let Replica { service, instance, .. } = &upstream.replica;
                    tracing::info!(service, instance, "a replica disappeared");
                }
                !silent
            });
            let changed = table.upstreams.len() < before;
            if changed {
                table.reroute();
            }
            changed
        });
    }

    /// Holds nobody's silence against it: nobody could be asked.
    pub fn excuse_all(&self) {
        for upstream in &self.inner.table.borrow().upstreams {
            upstream.excuse();
        }
    }

    /// Takes in that `upstream` could not be reached.
    pub fn unreachable(&self, upstream: &Upstream) {
        let Replica { service, instance, authority, .. } = &upstream.replica;
        tracing::warn!(service, instance, address = %authority, "a replica cannot be reached");
        upstream.eject();
        self.inner.outdated.notify_one();
    }

    /// Returns when somebody could not be reached, or was looked for in vain.
    pub async fn outdated(&self) {
        self.inner.outdated.notified().await;
    }

    /// Whether no prefix is known yet, or one has nobody left to answer it.
    pub fn misses_someone(&self) -> bool {
        let table = self.inner.table.borrow();
        table.routes.is_empty()
            || table.routes.values().any(|route| route.upstreams.iter().all(|upstream| upstream.is_ejected()))
    }

    /// Everybody, by service and instance.
    pub fn upstreams(&self) -> Vec<Arc<Upstream>> {
        let mut upstreams = self.inner.table.borrow().upstreams.clone();
        upstreams.sort_by(|a, b| place(a).cmp(&place(b)));
        upstreams
    }
}

/// Where a replica stands in lists.
pub fn place(upstream: &Upstream) -> (&str, &str, &str) {
    let Replica { service, instance, id, .. } = &upstream.replica;
    (service, instance, id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::upstream::tests::replica;

    fn registry(replicas: &[(&str, &[&str])]) -> Registry {
        let registry = Registry::default();
        for (id, routes) in replicas {
            registry.heard(replica(id, routes));
        }
        registry
    }

    fn answers(registry: &Registry, path: &str) -> Option<String> {
        registry.route(path)?.take().map(|lease| lease.upstream().replica.id.clone())
    }

    #[tokio::test]
    async fn the_longest_prefix_that_ends_with_a_segment_answers() {
        let registry =
            registry(&[("all", &["/api"]), ("orders", &["/api/v1/orders"]), ("jwks", &["/.well-known/jwks.json"])]);
        for (path, id) in [
            ("/api/v1/orders", Some("orders")),
            ("/api/v1/orders/", Some("orders")),
            ("/api/v1/orders/1/cancel", Some("orders")),
            ("/api/v1/orders2", Some("all")),
            ("/api/v1", Some("all")),
            ("/.well-known/jwks.json", Some("jwks")),
            ("/apiary", None),
            ("/", None),
            ("", None),
            ("*", None),
        ] {
            assert_eq!(answers(&registry, path).as_deref(), id, "{path}");
        }
    }

    #[tokio::test]
    async fn clients_that_take_services_in_turn_meet_every_replica_of_each() {
        let registry = registry(&[("a1", &["/a"]), ("a2", &["/a"]), ("b1", &["/b"]), ("b2", &["/b"])]);
        let met: BTreeSet<_> = ["/a", "/b", "/a", "/b"].map(|path| answers(&registry, path)).into();
        assert_eq!(met.len(), 4, "{met:?}");
    }

    #[tokio::test]
    async fn a_prefix_whose_replicas_are_gone_is_known_and_not_answered_by_a_shorter_one() {
        let registry = registry(&[("all", &["/api"]), ("orders", &["/api/v1/orders"])]);
        let orders = registry.upstreams().into_iter().find(|upstream| upstream.replica.id == "orders");
        registry.unreachable(&orders.expect("it is there"));
        assert!(registry.route("/api/v1/orders/1").is_some_and(|mut candidates| candidates.take().is_none()));
        assert!(registry.misses_someone());
        registry.outdated().await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_silent_while_others_answer_is_forgotten() {
        let registry = registry(&[("a", &["/a"]), ("b", &["/b"])]);
        tokio::time::advance(SILENCE_LIMIT).await;
        registry.heard(replica("a", &["/a"]));
        registry.forget_silent();
        assert!(answers(&registry, "/b").is_some(), "the limit is not passed yet");
        tokio::time::advance(Duration::from_millis(1)).await;
        registry.heard(replica("a", &["/a"]));
        registry.forget_silent();
        assert!(answers(&registry, "/a").is_some());
        assert!(answers(&registry, "/b").is_none());
        assert!(registry.route("/b/1").is_some(), "the prefix stays known");
    }

    #[tokio::test(start_paused = true)]
    async fn while_nats_is_away_the_last_known_replicas_stay() {
        let registry = registry(&[("a", &["/a"]), ("b", &["/b"])]);
        tokio::time::advance(SILENCE_LIMIT * 100).await;
        registry.forget_silent();
        assert!(answers(&registry, "/a").is_some(), "nobody answered, so nobody is missing");
        registry.excuse_all();
        registry.heard(replica("a", &["/a"]));
        registry.forget_silent();
        assert!(answers(&registry, "/b").is_some(), "it had no chance to answer yet");
    }

    #[tokio::test]
    async fn a_replica_that_restarts_elsewhere_is_found_there() {
        assert!(registry(&[]).misses_someone(), "nobody is known at the start");
        let registry = registry(&[("a", &["/a"])]);
        let mut moved = replica("a2", &["/a"]);
        moved.authority = "127.0.0.1:2".parse().expect("an authority");
        registry.unreachable(&registry.upstreams()[0]);
        registry.heard(moved);
        assert_eq!(answers(&registry, "/a").as_deref(), Some("a2"));
        assert!(!registry.misses_someone());
    }
}
