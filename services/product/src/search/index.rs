//! The index: one who writes, many who search. It lives in memory, and is made anew by every start.

use std::collections::HashMap;

use livemart_contracts::ProductId;
use tantivy::query::AllQuery;
use tantivy::{Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy};

use super::collect::PageOf;
use super::document::Fields;
use super::listing::{Found, Listing, Place};
use super::query::Spelling;
use crate::store::changes::Change;

/// Threads that index: enough for a start within seconds, and idle after it.
const WRITERS: usize = 2;
/// Bytes that each of them gathers before it writes a segment; taken as needed.
const GATHERED: usize = 50_000_000;

/// What the index knows of a product that it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Indexed {
    version: i64,
    in_stock: bool,
}

/// Writes. A change is found once it is [published](Self::publish).
pub struct Indexer {
    fields: Fields,
    writer: IndexWriter,
    reader: IndexReader,
    indexed: HashMap<ProductId, Indexed>,
    unpublished: bool,
}

/// Searches what was published last.
#[derive(Clone)]
pub struct Searcher {
    fields: Fields,
    reader: IndexReader,
}

/// An empty index.
pub fn create() -> tantivy::Result<(Indexer, Searcher)> {
    let fields = Fields::default();
    let index = Index::builder().schema(fields.schema.clone()).settings(IndexSettings::default()).create_in_ram()?;
    let writer = index.writer_with_num_threads(WRITERS, WRITERS * GATHERED)?;
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    let searcher = Searcher { fields: fields.clone(), reader: reader.clone() };
    Ok((Indexer { fields, writer, reader, indexed: HashMap::new(), unpublished: false }, searcher))
}

impl Indexer {
    /// Takes over what changed. A level that does not empty or fill a shelf changes nothing here: what is left of a
    /// product is read from the table when the product is shown.
    pub fn take(&mut self, changes: &[Change]) -> tantivy::Result<()> {
        for change in changes {
            let wanted = change
                .offer
                .as_ref()
                .map(|offer| Indexed { version: offer.product.version, in_stock: offer.available > 0 });
            let known = self.indexed.get(&change.product_id).copied();
            if known == wanted {
                continue;
            }
            self.unpublished = true;
            if known.is_some() {
                self.writer.delete_term(self.fields.id_term(change.product_id));
                self.indexed.remove(&change.product_id);
            }
            if let (Some(offer), Some(wanted)) = (&change.offer, wanted) {
                self.writer.add_document(self.fields.document(offer))?;
                self.indexed.insert(change.product_id, wanted);
            }
        }
        Ok(())
    }

    /// Lets searches find what was taken over.
    pub fn publish(&mut self) -> tantivy::Result<()> {
        if std::mem::take(&mut self.unpublished) {
            self.writer.commit()?;
            self.reader.reload()?;
        }
        Ok(())
    }

    pub fn products(&self) -> usize {
        self.indexed.len()
    }
}

impl Searcher {
    /// At most `rows` places after `after`. With [`Spelling::Forgiving`], typos are forgiven.
    pub fn find(
        &self,
        listing: &Listing,
        spelling: Spelling,
        after: Option<&Place>,
        rows: usize,
    ) -> tantivy::Result<Found> {
        let page = PageOf { listing, after, rows };
        let searcher = self.reader.searcher();
        match &listing.words {
            Some(words) => searcher.search(&*words.query(&self.fields, spelling), &page),
            None => searcher.search(&AllQuery, &page),
        }
    }

    /// As it is written, or else with typos forgiven; and which of the two it was, for the next page to go on with.
    pub fn find_first(&self, listing: &Listing, rows: usize) -> tantivy::Result<(Found, Spelling)> {
        let found = self.find(listing, Spelling::AsWritten, None, rows)?;
        if found.matched > 0 || listing.words.is_none() {
            return Ok((found, Spelling::AsWritten));
        }
        Ok((self.find(listing, Spelling::Forgiving, None, rows)?, Spelling::Forgiving))
    }
}
