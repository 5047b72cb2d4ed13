//! Who is told after a commit that there is something to publish, to carry out or to show.
//!
//! A wake is a hint: whoever sleeps also looks by itself every [`POLL`], so a lost one costs time, not truth.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, broadcast, mpsc, watch};

use crate::lease::Leases;

/// How long a loop sleeps at most when nobody wakes it: the delay that a lost hint or another replica's crash costs.
pub const POLL: Duration = Duration::from_secs(1);

/// A hint is worth nothing once another one waits.
const HINTS_WAITING: usize = 1;
/// Pieces of news on their way to other replicas, and to a listener that is busy. What is beyond is lost, as hints may be.
const NEWS_WAITING: usize = 1_024;

/// The wakers of one replica.
#[derive(Clone)]
pub struct Wakes {
    inner: Arc<Inner>,
}

struct Inner {
    outbox: Notify,
    tasks: watch::Sender<()>,
    leases: Leases,
    relays: AtomicBool,
    hints: mpsc::Sender<()>,
    news: mpsc::Sender<String>,
    heard: broadcast::Sender<String>,
}

/// What this replica has to tell the others.
pub struct Hints {
    /// Once for each commit whose events another replica has to publish.
    pub outbox: mpsc::Receiver<()>,
    /// Once for each commit with news: whom it concerns, line by line. This replica learns of it the same way.
    pub news: mpsc::Receiver<String>,
}

impl Wakes {
    pub fn new() -> (Self, Hints) {
        let ((hints, outbox), (news, told)) = (mpsc::channel(HINTS_WAITING), mpsc::channel(NEWS_WAITING));
        let inner = Inner {
            outbox: Notify::new(),
            tasks: watch::Sender::new(()),
            leases: Leases::default(),
            relays: AtomicBool::new(false),
            hints,
            news,
            heard: broadcast::Sender::new(NEWS_WAITING),
        };
        (Self { inner: Arc::new(inner) }, Hints { outbox, news: told })
    }

    pub(crate) fn committed(&self, events: bool, tasks: bool, news: &BTreeSet<String>) {
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
        if !news.is_empty() {
            let lines: Vec<&str> = news.iter().map(String::as_str).collect();
            let _ = self.inner.news.try_send(lines.join("\n"));
        }
    }

    /// Passes on what a replica told, as [`Hints::news`] has it.
    pub fn heard(&self, news: &str) {
        for whom in news.lines() {
            // Nobody may be listening.
            let _ = self.inner.heard.send(whom.to_owned());
        }
    }

    /// Whom the commits of all replicas concern from here on, as far as their steps said so.
    pub fn news(&self) -> broadcast::Receiver<String> {
        self.inner.heard.subscribe()
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

    /// Who of this replica takes tasks straight from the steps that ask for them.
    pub(crate) fn leases(&self) -> &Leases {
        &self.inner.leases
    }

    /// Changes whenever this replica committed tasks that nobody has: each kind of effect has a worker that watches.
    pub(crate) fn tasks(&self) -> watch::Receiver<()> {
        self.inner.tasks.subscribe()
    }
}
