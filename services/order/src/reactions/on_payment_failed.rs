//! Trigger: `payment.failed`: the provider declined, and no money is held.
//! Effect: the order fails as declined.
//! Emits: `order.failed`.
//! Undone by: nothing; a failed order stays failed.

use livemart_contracts::events::PaymentFailed;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use crate::decide::decide;
use crate::domain::failing;

pub struct OnPaymentFailed;

impl Reaction for OnPaymentFailed {
    type Event = PaymentFailed;
    const DURABLE: &'static str = "order-payment-failed";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<PaymentFailed>]) -> Result<Vec<Decision>, Failure> {
        decide(cx, batch, |event| event.order_id, |order, event| order.fail(failing::declined(event))).await
    }
}
