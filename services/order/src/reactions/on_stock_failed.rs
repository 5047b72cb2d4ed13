//! Trigger: `stock.failed`: at least one line is short, and nothing is set aside.
//! Effect: the order fails as out of stock.
//! Emits: `order.failed`.
//! Undone by: nothing; a failed order stays failed.

use livemart_contracts::events::{FailureCode, OrderFailure, StockFailed};
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use crate::decide::decide;

pub struct OnStockFailed;

impl Reaction for OnStockFailed {
    type Event = StockFailed;
    const DURABLE: &'static str = "order-stock-failed";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<StockFailed>]) -> Result<Vec<Decision>, Failure> {
        decide(cx, batch, |event| event.order_id, |order, event| order.fail(out_of_stock(event))).await
    }
}

fn out_of_stock(event: &StockFailed) -> OrderFailure {
    let short: Vec<String> = event
        .shortages
        .iter()
        .map(|short| format!("{}: {} wanted, {} available", short.product_id, short.requested, short.available))
        .collect();
    OrderFailure { code: FailureCode::OutOfStock, detail: short.join("; ") }
}
