//! Trigger: `stock.failed`: a line is short, so the order cannot be confirmed any more.
//! Effect: the hold is released without waiting for `order.failed`.
//! Emits: nothing yet; the provider's answer emits `payment.voided`.
//! Undone by: nothing; this undoes.

use livemart_contracts::events::StockFailed;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use crate::advance::{Step, advance};
use crate::domain::Payment;

pub struct OnStockFailed;

impl Reaction for OnStockFailed {
    type Event = StockFailed;
    const DURABLE: &'static str = "payment-stock-failed";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<StockFailed>]) -> Result<Vec<Decision>, Failure> {
        let steps: Vec<Step> =
            batch.iter().map(|event| Step::new(event, event.order_id, Payment::order_over)).collect();
        advance(cx, &steps).await
    }
}
