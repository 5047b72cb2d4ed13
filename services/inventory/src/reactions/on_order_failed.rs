//! Trigger: `order.failed`, the order service decided against the order.
//! Effect: goods that were set aside are for sale again; if there are none, a tombstone keeps it so.
//! Emits: `stock.released`; nothing with a tombstone.
//! Undone by: nothing, a failed order stays failed.

use livemart_contracts::events::OrderFailed;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use super::settling::settle;
use crate::domain::reservation::failed;
use crate::ledger::Ledger;

pub struct OnOrderFailed {
    pub ledger: Ledger,
}

impl Reaction for OnOrderFailed {
    type Event = OrderFailed;
    const DURABLE: &'static str = "inventory-order-failed";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<OrderFailed>]) -> Result<Vec<Decision>, Failure> {
        let events = batch.iter().map(|event| (event.order_id, event.into()));
        settle(&self.ledger, cx, events, failed).await
    }
}
