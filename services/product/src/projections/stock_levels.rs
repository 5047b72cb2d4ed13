//! What is left of each product, for its page and for the filter `in_stock`.
//!
//! Levels may arrive twice, late or out of order: the highest version of a product counts, so a replay ends where the
//! first run ended.

use std::time::Duration;

use livemart_contracts::events::StockChanged;
use livemart_messaging::reaction::Tables;
use livemart_messaging::{Decision, Delivered, Failure, Personal, Projection, Rows, Table};

use crate::store::stock::{Level, keep_newest_in};

pub struct StockLevels;

impl Projection for StockLevels {
    type Event = StockChanged;
    const DURABLE: &'static str = "product-stock";
    /// Of the second in which pages and searches are to show a change.
    const LINGER: Duration = Duration::from_millis(50);
    const TABLES: &'static [Table] =
        &[Table { name: "product_stock", rows: Rows::OfOneEvent, personal: Personal::Nothing }];

    async fn project(&self, tables: &Tables<'_>, batch: &[Delivered<StockChanged>]) -> Result<Vec<Decision>, Failure> {
        let levels: Vec<Level> = batch
            .iter()
            .map(|event| Level { product_id: event.product_id, available: event.available, version: event.version })
            .collect();
        let written = keep_newest_in(tables.tx(), &levels).await?;
        let decide = |level: &Level| match written.contains(&(level.product_id, level.version)) {
            true => Decision::Applied,
            false => Decision::ignored("a level at least as new is known"),
        };
        Ok(levels.iter().map(decide).collect())
    }
}
