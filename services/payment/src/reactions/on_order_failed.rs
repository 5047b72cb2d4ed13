//! Trigger: `order.failed`.
//! Effect: a hold is released, also one that turns up later; money is not taken before an order is confirmed.
//! Emits: nothing yet; the provider's answer emits `payment.voided`.
//! Undone by: nothing; this undoes.

use livemart_contracts::events::OrderFailed;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use super::over::{Ended, undo};

pub struct OnOrderFailed {
    pub provider: &'static str,
}

impl Reaction for OnOrderFailed {
    type Event = OrderFailed;
    const DURABLE: &'static str = "payment-order-failed";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<OrderFailed>]) -> Result<Vec<Decision>, Failure> {
        let ended = |event: &Delivered<OrderFailed>| Ended {
            cause: event.into(),
            order_id: event.order_id,
            customer_id: event.customer_id,
        };
        undo(cx, self.provider, &batch.iter().map(ended).collect::<Vec<_>>()).await
    }
}
