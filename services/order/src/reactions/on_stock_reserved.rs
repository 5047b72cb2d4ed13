//! Trigger: `stock.reserved`, which follows `payment.authorized`: money and goods are both set aside.
//! Effect: the order is confirmed, unless it failed or was cancelled first.
//! Emits: `order.confirmed`.
//! Undone by: a cancel.

use livemart_contracts::events::StockReserved;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use crate::decide::decide;

pub struct OnStockReserved;

impl Reaction for OnStockReserved {
    type Event = StockReserved;
    const DURABLE: &'static str = "order-stock-reserved";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<StockReserved>]) -> Result<Vec<Decision>, Failure> {
        decide(cx, batch, |event| event.order_id, |order, _| order.confirm()).await
    }
}
