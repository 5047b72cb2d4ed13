//! Trigger: `order.created`.
//! Effect: a payment is recorded, and the provider is asked to hold the total.
//! Emits: nothing yet; the provider's answer emits `payment.authorized` or `payment.failed`.
//! Undone by: `order.failed`, `order.cancelled`, `stock.failed`; one that came before leaves a tombstone.

use livemart_contracts::events::OrderCreated;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use crate::domain::{Payment, Status};
use crate::effects::{Authorize, AuthorizeRequest};
use crate::store::payments;

pub struct OnOrderCreated {
    pub provider: &'static str,
}

impl Reaction for OnOrderCreated {
    type Event = OrderCreated;
    const DURABLE: &'static str = "payment-order-created";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<OrderCreated>]) -> Result<Vec<Decision>, Failure> {
        let made: Vec<Payment> = batch.iter().map(|event| Payment::pending(cx.new_id(), event)).collect();
        let mut new = payments::insert_in(cx.tx(), &made, self.provider, cx.now()).await?;
        let old = made.iter().map(|payment| payment.order_id).filter(|order_id| !new.contains(order_id));
        let known = payments::lock_in(cx.tx(), old).await?;
        let mut decisions = Vec::with_capacity(batch.len());
        for (event, payment) in batch.iter().zip(&made) {
            let tombstone = known.get(&event.order_id).is_some_and(|known| known.status == Status::Tombstone);
            decisions.push(if new.remove(&event.order_id) {
                let request = AuthorizeRequest {
                    order_id: event.order_id,
                    payment_id: payment.payment_id,
                    amount: event.total,
                    method: event.payment_method.clone(),
                };
                cx.ask::<Authorize>(event, payment.payment_id.to_string(), &request);
                Decision::Applied
            } else if tombstone {
                Decision::ignored("the order was over before it was heard of")
            } else {
                Decision::Duplicate
            });
        }
        Ok(decisions)
    }
}
