//! Trigger: `order.confirmed`.
//! Effect: the provider is asked to take what it holds.
//! Emits: nothing yet; the provider's answer emits `payment.captured`.
//! Undone by: `order.cancelled`, with a refund.

use livemart_contracts::events::OrderConfirmed;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use crate::advance::{Step, advance};
use crate::domain::Payment;

pub struct OnOrderConfirmed;

impl Reaction for OnOrderConfirmed {
    type Event = OrderConfirmed;
    const DURABLE: &'static str = "payment-order-confirmed";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<OrderConfirmed>]) -> Result<Vec<Decision>, Failure> {
        let steps: Vec<Step> =
            batch.iter().map(|event| Step::new(event, event.order_id, Payment::order_confirmed)).collect();
        advance(cx, &steps).await
    }
}
