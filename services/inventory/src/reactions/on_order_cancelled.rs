//! Trigger: `order.cancelled`, the customer no longer wants the order.
//! Effect: goods that were set aside are for sale again, goods that had left the stock are put back; if there are none,
//! a tombstone keeps it so.
//! Emits: `stock.released`; nothing with a tombstone.
//! Undone by: nothing, a cancelled order stays cancelled.

use livemart_contracts::events::OrderCancelled;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use super::settling::settle;
use crate::domain::reservation::cancelled;
use crate::ledger::Ledger;

pub struct OnOrderCancelled {
    pub ledger: Ledger,
}

impl Reaction for OnOrderCancelled {
    type Event = OrderCancelled;
    const DURABLE: &'static str = "inventory-order-cancelled";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<OrderCancelled>]) -> Result<Vec<Decision>, Failure> {
        let events = batch.iter().map(|event| (event.order_id, event.into()));
        settle(&self.ledger, cx, events, cancelled).await
    }
}
