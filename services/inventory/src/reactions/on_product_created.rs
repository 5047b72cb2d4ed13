//! Trigger: `product.created`, the catalogue has a new product.
//! Effect: its books are opened with nothing on hand; the staff adjusts that.
//! Emits: nothing yet; its level is announced as every change of a level is.
//! Undone by: nothing. A product that is no longer sold keeps its stock and its ledger.

use livemart_contracts::ProductId;
use livemart_contracts::events::ProductCreated;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use crate::store::stock;

pub struct OnProductCreated;

impl Reaction for OnProductCreated {
    type Event = ProductCreated;
    const DURABLE: &'static str = "inventory-product-created";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<ProductCreated>]) -> Result<Vec<Decision>, Failure> {
        let products: Vec<ProductId> = batch.iter().map(|created| created.product_id).collect();
        let mut opened = stock::create_in(cx.tx(), &products, cx.now()).await?;
        // Removing keeps the first of two events about one product in the same batch.
        let mut decide = |created: &Delivered<ProductCreated>| {
            if opened.remove(&created.product_id) { Decision::Applied } else { Decision::Duplicate }
        };
        Ok(batch.iter().map(&mut decide).collect())
    }
}
