//! Trigger: `stock.stalled`: a reservation waits for a decision that did not arrive.
//! Effect: none; the decision stands and is announced again, under a new event id.
//! Emits: `order.confirmed`, `order.failed` or `order.cancelled`; nothing while the order is pending.
//! Undone by: nothing to undo.

use livemart_contracts::events::StockStalled;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use crate::decide::announce_again;

pub struct OnStockStalled;

impl Reaction for OnStockStalled {
    type Event = StockStalled;
    const DURABLE: &'static str = "order-stock-stalled";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<StockStalled>]) -> Result<Vec<Decision>, Failure> {
        announce_again(cx, batch, |event| event.order_id).await
    }
}
