//! Trigger: levels changed since they were last announced.
//! Effect: they are announced as they are now, however often they changed: a hot product costs its readers a few events a
//! second, not one for every batch of orders.
//! Emits: `stock.changed`.
//! Undone by: nothing to undo.

use std::time::Duration;

use livemart_contracts::events::StockChanged;
use livemart_messaging::watch::More;
use livemart_messaging::{Cause, Context, Failure, Watch};

use crate::store::stock;

/// Levels in one commit. Their rows are locked meanwhile, so it is kept short.
const BATCH: usize = 256;

pub struct Levels;

impl Watch for Levels {
    const NAME: &'static str = "inventory-levels";
    // Pages and searches are to show a change within a second: this takes half of it, so that products which many buy are
    // told of together. A look finds an empty index as a rule.
    const EVERY: Duration = Duration::from_millis(500);

    async fn look(&self, cx: &mut Context) -> Result<More, Failure> {
        let changed = stock::take_unannounced_in(cx.tx(), BATCH).await?;
        for stock in &changed {
            cx.emit(Cause::timer(), &StockChanged::from(stock));
        }
        Ok(More::when_full(changed.len(), BATCH))
    }
}
