//! What the endpoints work with: the tables, the index, the cache.

use livemart_messaging::Store;

use crate::cache::Cache;
use crate::config::Config;
use crate::following::{Follower, Known};
use crate::search::{Search, index};

#[derive(Clone)]
pub struct Catalogue {
    pub store: Store,
    pub search: Search,
    pub cache: Cache,
}

impl Catalogue {
    /// Its index is empty until the follower has caught up.
    pub fn new(store: Store, known: Known, config: &Config) -> anyhow::Result<(Self, Follower)> {
        let (indexer, searcher) = index::create()?;
        let cache = Cache::new(store.clone(), known.clone(), config.live.clone(), &config.redis_urls)?;
        let follower = Follower::new(store.clone(), indexer, known);
        Ok((Self { store, search: Search::new(searcher), cache }, follower))
    }
}
