//! The query side of the catalogue: an index in the memory of each replica, for lists, search and suggestions.
//!
//! Read [`text`] for how words are compared, [`document`] for what is kept of a product, [`query`] for what counts as
//! found and how well, [`collect`] for pages, filters and counts, [`index`] for who writes and who searches.

pub mod collect;
pub mod document;
pub mod index;
pub mod listing;
pub mod query;
#[cfg(test)]
mod tests;
pub mod text;

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::error::Error;
use crate::metrics::SEARCH_SECONDS;
pub use index::{Indexer, Searcher};
pub use listing::{Bucket, Found, Listing, Place, Sort};
pub use query::{Spelling, Words};

/// Searches at once for each core: they compute and wait for nothing.
const LANES_PER_CORE: usize = 1;
/// Searches that wait for each lane. A search takes milliseconds, so who is last waits for a fraction of a second.
const WAITING_PER_LANE: usize = 128;

/// Searches of this replica, off the threads that serve requests, and a bounded number of them.
#[derive(Clone)]
pub struct Search {
    searcher: Searcher,
    lanes: Arc<Semaphore>,
    waiting_room: Arc<Semaphore>,
}

impl Search {
    pub fn new(searcher: Searcher) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        let lanes = cores * LANES_PER_CORE;
        Self {
            searcher,
            lanes: Arc::new(Semaphore::new(lanes)),
            waiting_room: Arc::new(Semaphore::new(lanes * WAITING_PER_LANE)),
        }
    }

    /// The first page, and how the words were taken to find it.
    pub async fn first_page(&self, listing: Listing, rows: usize) -> Result<(Found, Spelling), Error> {
        self.compute(move |searcher| searcher.find_first(&listing, rows)).await
    }

    /// The page after `after`, with the words taken as on the first one.
    pub async fn next_page(
        &self,
        listing: Listing,
        spelling: Spelling,
        after: Place,
        rows: usize,
    ) -> Result<Found, Error> {
        self.compute(move |searcher| searcher.find(&listing, spelling, Some(&after), rows)).await
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Searcher) -> tantivy::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let _place = self.waiting_room.try_acquire().map_err(|_| Error::Busy)?;
        let lane = Arc::clone(&self.lanes).acquire_owned().await;
        let lane = lane.map_err(|error| Error::Internal(error.to_string()))?;
        let searcher = self.searcher.clone();
        let computed = tokio::task::spawn_blocking(move || {
            // Held until the work is done, also when the client has left meanwhile.
            let _lane = lane;
            let _timer = SEARCH_SECONDS.start_timer();
            work(&searcher)
        });
        let found = computed.await.map_err(|error| Error::Internal(format!("a search was aborted: {error}")))?;
        found.map_err(|error| Error::Internal(format!("a search failed: {error}")))
    }
}
