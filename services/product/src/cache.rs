//! Redis in front of single products.
//!
//! What is stale is not a matter of Redis: the reader knows which revision a product has at least, from the tables
//! ([`Known`]), and takes nothing older from the cache. So a lost invalidation, a slow reader that fills in what it read
//! before a change, or a Redis that came back with old data cost a read of the table, not the truth. Two more things keep
//! those reads rare and changes visible at once on other replicas: who commits a change writes it to the cache, and a
//! newer revision is never replaced by an older one.
//!
//! Without Redis every read is one of the table.

mod entry;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use livemart_contracts::ProductId;
use livemart_messaging::Store;
use livemart_redis::{Node, Nodes};
use livemart_runtime::Live;
use rand::Rng;
use redis::{RedisError, Script};
use sea_orm::DbErr;
use secrecy::SecretString;

use crate::config::Settings;
use crate::following::{Floor, Known};
use crate::metrics::CACHE_READS;
use crate::store::{Offer, Revision, products};
use entry::Entry;

/// The number changes with what is stored, so that two versions of the service do not read each other's entries.
const PREFIX: &str = "livemart:product:v2:";
/// What a Redis that hangs may cost a request. It answers within a millisecond, and a table within a few.
const ANSWER_LIMIT: Duration = Duration::from_millis(50);
/// How long it is remembered that there is no such product: whoever makes up ids does not reach the database each time,
/// nor fill Redis.
const ABSENCE_KEPT: std::ops::Range<Duration> = Duration::from_secs(2)..Duration::from_secs(4);

/// Writes an entry unless a newer one is there. An entry begins with its revision.
static KEEP_NEWEST: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local known = redis.call('GET', KEYS[1])
         if known and (tonumber(string.match(known, '^%d+')) or 0) > tonumber(ARGV[1]) then return 0 end
         redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
         return 1",
    )
});

#[derive(Clone)]
pub struct Cache {
    store: Store,
    known: Known,
    settings: Live<Settings>,
    /// Each product belongs to one of them.
    nodes: Arc<Nodes>,
    /// Readers of one product that is not cached share one read. It keeps nothing.
    flights: moka::future::Cache<ProductId, Entry>,
}

impl Cache {
    /// `nodes` are independent Redis servers; none: no cache.
    pub fn new(
        store: Store,
        known: Known,
        settings: Live<Settings>,
        nodes: &[SecretString],
    ) -> Result<Self, RedisError> {
        let nodes = Arc::new(Nodes::new(nodes, ANSWER_LIMIT)?);
        Ok(Self { store, known, settings, nodes, flights: moka::future::Cache::new(0) })
    }

    /// A product that is for sale, at most a second old.
    pub async fn find(&self, id: ProductId) -> Result<Option<Offer>, DbErr> {
        let floor = self.known.floor(id);
        if let Some(entry) = self.cached(id, floor).await {
            return Ok(entry.offer);
        }
        let read = self.flights.try_get_with(id, self.read(id, floor)).await;
        let entry = read.map_err(|error| DbErr::clone(&error))?;
        // It may have been read for somebody who came before the last change.
        match self.known.floor(id) {
            Floor::AtLeast(floor) if entry.revision < floor => Ok(self.read(id, Floor::AtLeast(floor)).await?.offer),
            _ => Ok(entry.offer),
        }
    }

    /// Tells what was committed, as it was read after the write: this replica for good, the others through Redis, or else by
    /// their next look.
    pub async fn committed(&self, id: ProductId, revision: Revision, offer: Option<&Offer>) {
        self.known.raise(id, revision);
        self.keep(id, &Entry { revision, offer: offer.cloned() }).await;
    }

    async fn cached(&self, id: ProductId, floor: Floor) -> Option<Entry> {
        let count = |result: &str| CACHE_READS.with_label_values(&[result]).inc();
        let (Some(node), Floor::AtLeast(floor)) = (self.node(id), floor) else {
            count("bypass");
            return None;
        };
        let key = key(id);
        let kept: Option<Option<String>> =
            node.ask(async |mut connection| redis::cmd("GET").arg(&key).query_async(&mut connection).await).await;
        match kept {
            None => count("error"),
            Some(None) => count("miss"),
            Some(Some(text)) => match Entry::decode(&text).filter(|entry| entry.revision >= floor) {
                None => count("stale"),
                entry => {
                    count("hit");
                    return entry;
                }
            },
        }
        None
    }

    async fn read(&self, id: ProductId, floor: Floor) -> Result<Entry, DbErr> {
        let offer = products::find(self.store.db(), id).await?;
        let entry = match (offer, floor) {
            (Some(offer), _) => Entry { revision: offer.revision, offer: Some(offer) },
            // What is gone was known before it was looked for, and does not come back.
            (None, Floor::AtLeast(revision)) => Entry { revision, offer: None },
            (None, Floor::Unknown) => return Ok(Entry { revision: Revision::default(), offer: None }),
        };
        self.keep(id, &entry).await;
        Ok(entry)
    }

    async fn keep(&self, id: ProductId, entry: &Entry) {
        let kept = if entry.offer.is_some() { self.settings.get().cached_for() } else { ABSENCE_KEPT };
        let kept = rand::rng().random_range(kept);
        let Some(node) = self.node(id) else { return };
        let (key, entry, revision) = (key(id), entry.encode(), entry.revision);
        let written: Option<i64> = node
            .ask(async |mut connection| {
                let mut call = KEEP_NEWEST.key(&key);
                call.arg(revision.0).arg(&entry).arg(kept.as_millis() as u64).invoke_async(&mut connection).await
            })
            .await;
        tracing::trace!(key, ?written, "kept in the cache");
    }

    fn node(&self, id: ProductId) -> Option<&Node> {
        // The last bits of a UUIDv7 are random.
        let (_, low) = id.uuid().as_u64_pair();
        self.nodes.of(low)
    }
}

fn key(id: ProductId) -> String {
    format!("{PREFIX}{id}")
}
