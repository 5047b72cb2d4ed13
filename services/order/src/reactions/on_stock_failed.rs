//! Trigger: `stock.failed`: at least one line is short, and nothing is set aside.
//! Effect: the order fails as out of stock.
//! Emits: `order.failed`.
//! Undone by: nothing; a failed order stays failed.

use livemart_contracts::events::StockFailed;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use crate::decide::decide;
use crate::domain::failing;

pub struct OnStockFailed;

impl Reaction for OnStockFailed {
    type Event = StockFailed;
    const DURABLE: &'static str = "order-stock-failed";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<StockFailed>]) -> Result<Vec<Decision>, Failure> {
        decide(cx, batch, |event| event.order_id, |order, event| order.fail(failing::out_of_stock(event))).await
    }
}
