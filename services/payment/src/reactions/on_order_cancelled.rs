//! Trigger: `order.cancelled`.
//! Effect: a hold is released, also one that turns up later; what was taken is given back.
//! Emits: nothing yet; the provider's answer emits `payment.voided` or `payment.refunded`.
//! Undone by: nothing; this undoes.

use livemart_contracts::events::OrderCancelled;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use super::over::{Ended, undo};

pub struct OnOrderCancelled {
    pub provider: &'static str,
}

impl Reaction for OnOrderCancelled {
    type Event = OrderCancelled;
    const DURABLE: &'static str = "payment-order-cancelled";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<OrderCancelled>]) -> Result<Vec<Decision>, Failure> {
        let ended = |event: &Delivered<OrderCancelled>| Ended {
            cause: event.into(),
            order_id: event.order_id,
            customer_id: event.customer_id,
        };
        undo(cx, self.provider, &batch.iter().map(ended).collect::<Vec<_>>()).await
    }
}
