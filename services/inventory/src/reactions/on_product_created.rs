//! Trigger: `product.created`, the catalogue has a new product.
//! Effect: its books are opened with nothing on hand; the staff adjusts that.
//! Emits: `stock.changed`.
//! Undone by: nothing. A product that is no longer sold keeps its stock and its ledger.

use std::collections::HashMap;

use livemart_contracts::ProductId;
use livemart_contracts::events::{ProductCreated, StockChanged};
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use crate::store::stock::{self, Stock};

pub struct OnProductCreated;

impl Reaction for OnProductCreated {
    type Event = ProductCreated;
    const DURABLE: &'static str = "inventory-product-created";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<ProductCreated>]) -> Result<Vec<Decision>, Failure> {
        let products: Vec<ProductId> = batch.iter().map(|created| created.product_id).collect();
        let opened = stock::create_in(cx.tx(), &products, cx.now()).await?;
        let mut opened: HashMap<ProductId, Stock> = opened.into_iter().map(|stock| (stock.product_id, stock)).collect();

        let mut decide = |created: &Delivered<ProductCreated>| match opened.remove(&created.product_id) {
            Some(stock) => {
                cx.emit(created, &StockChanged::from(&stock));
                Decision::Applied
            }
            None => Decision::Duplicate,
        };
        Ok(batch.iter().map(&mut decide).collect())
    }
}
