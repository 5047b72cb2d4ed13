//! Trigger: `order.confirmed`, the order service decided for the order.
//! Effect: the goods that were set aside leave the stock.
//! Emits: `stock.committed`.
//! Undone by: `order.cancelled`, which puts them back.

use livemart_contracts::events::OrderConfirmed;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use super::settling::settle;
use crate::domain::reservation::confirmed;
use crate::ledger::Ledger;

pub struct OnOrderConfirmed {
    pub ledger: Ledger,
}

impl Reaction for OnOrderConfirmed {
    type Event = OrderConfirmed;
    const DURABLE: &'static str = "inventory-order-confirmed";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<OrderConfirmed>]) -> Result<Vec<Decision>, Failure> {
        let events = batch.iter().map(|event| (event.order_id, event.into()));
        settle(&self.ledger, cx, events, confirmed).await
    }
}
