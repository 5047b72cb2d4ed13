//! How a replica keeps up with the tables: it reads what changed, in the order of the commits, a few times a second.
//!
//! It follows the service's own tables rather than the streams, for the tables are the truth and every replica can read
//! them for itself; no hint has to arrive (`docs/adr/0010-search-follows-the-tables.md`). A start is the same thing from the
//! beginning: every product is a change then.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use livemart_contracts::ProductId;
use livemart_messaging::Store;
use livemart_web::health::Check;
use sea_orm::DbErr;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::metrics::SEARCH_PRODUCTS;
use crate::search::Indexer;
use crate::store::Revision;
use crate::store::changes::{self, Change, Position};

/// Between two looks. Reading an index five times a second costs next to nothing, and leaves most of the second within
/// which a change has to be found for the rest of the way.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Products in one look; their descriptions have 10,000 characters at most.
const BATCH: usize = 1_000;
/// Batches after which what is new can be found, however much is left to read.
const PUBLISH_EVERY: usize = 20;
/// What a replica knows may be this old. Past it, a product's page is read from the table.
const FRESH_FOR: Duration = Duration::from_millis(900);
/// A replica whose lists are older than this should not be asked.
const BEHIND_AT_MOST: Duration = Duration::from_secs(10);

/// The newest revision of each product that this replica has heard of.
#[derive(Clone, Default)]
pub struct Known {
    inner: Arc<RwLock<Inner>>,
}

#[derive(Default)]
struct Inner {
    revisions: HashMap<ProductId, Revision>,
    /// The beginning of the last look after which nothing was left to read.
    caught_up_at: Option<Instant>,
}

/// What a cached copy has to be at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    AtLeast(Revision),
    /// This replica is behind, and cannot tell what is stale.
    Unknown,
}

impl Known {
    /// How new a copy of the product has to be.
    pub fn floor(&self, id: ProductId) -> Floor {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        match inner.caught_up_at {
            Some(at) if at.elapsed() < FRESH_FOR => {
                Floor::AtLeast(inner.revisions.get(&id).copied().unwrap_or_default())
            }
            _ => Floor::Unknown,
        }
    }

    /// Remembers a revision that was committed here, before it is read in a look.
    pub fn raise(&self, id: ProductId, revision: Revision) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let known = inner.revisions.entry(id).or_default();
        *known = revision.max(*known);
    }

    fn heard(&self, changes: &[Change], caught_up_at: Option<Instant>) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            let known = inner.revisions.entry(change.product_id).or_default();
            *known = change.revision.max(*known);
        }
        inner.caught_up_at = caught_up_at.or(inner.caught_up_at);
    }

    fn behind_for(&self) -> Option<Duration> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.caught_up_at.map(|at| at.elapsed())
    }
}

/// Reads what changed, and passes it on to the index and to [`Known`].
pub struct Follower {
    store: Store,
    position: Position,
    known: Known,
    /// `None` while another thread works with it.
    indexer: Option<Indexer>,
}

impl Follower {
    pub fn new(store: Store, indexer: Indexer, known: Known) -> Self {
        Self { store, position: Position::default(), known, indexer: Some(indexer) }
    }

    /// Reads until nothing is left, and publishes all of it.
    pub async fn catch_up(&mut self) -> Result<(), Failure> {
        for batch in 1.. {
            let began = Instant::now();
            let changes = changes::after(self.store.db(), self.position, BATCH).await?;
            let Some(last) = changes.last() else {
                self.known.heard(&[], Some(began));
                return self.index(changes, true).await;
            };
            self.position = last.position;
            let is_all = changes.len() < BATCH;
            self.known.heard(&changes, is_all.then_some(began));
            self.index(changes, is_all || batch % PUBLISH_EVERY == 0).await?;
            if is_all {
                break;
            }
        }
        Ok(())
    }

    async fn index(&mut self, changes: Vec<Change>, publish: bool) -> Result<(), Failure> {
        let mut indexer = self.indexer.take().ok_or(Failure::IndexerLost)?;
        let worked = tokio::task::spawn_blocking(move || {
            let done = indexer.take(&changes).and_then(|()| if publish { indexer.publish() } else { Ok(()) });
            (indexer, done)
        });
        let (indexer, done) = worked.await.map_err(|_| Failure::IndexerLost)?;
        SEARCH_PRODUCTS.set(i64::try_from(indexer.products()).unwrap_or(i64::MAX));
        self.indexer = Some(indexer);
        Ok(done?)
    }

    /// Follows until `stop`. It ends earlier when the index is broken: the service is started anew then, and the index
    /// with it.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_failing = false;
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                () = stop.cancelled() => return,
            }
            match self.catch_up().await {
                Ok(()) => is_failing = false,
                Err(Failure::Database(error)) => {
                    if !std::mem::replace(&mut is_failing, true) {
                        tracing::warn!(%error, "changes of products cannot be read, trying on");
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the search index is broken");
                    return;
                }
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Database(#[from] DbErr),
    #[error(transparent)]
    Index(#[from] tantivy::TantivyError),
    #[error("the thread that indexes panicked")]
    IndexerLost,
}

/// Whether lists are up to date.
pub struct KeepsUp(pub Known);

#[async_trait]
impl Check for KeepsUp {
    fn name(&self) -> &'static str {
        "search"
    }

    async fn check(&self) -> Result<(), String> {
        match self.0.behind_for() {
            None => Err("the search index is being built".to_owned()),
            Some(behind) if behind > BEHIND_AT_MOST => {
                Err(format!("the search index is {} s behind", behind.as_secs()))
            }
            Some(_) => Ok(()),
        }
    }
}
