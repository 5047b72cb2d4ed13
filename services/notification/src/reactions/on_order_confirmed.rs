//! Trigger: `order.confirmed`, the order is paid and in stock.
//! Effect: the customer is told, once; whose order it is, is remembered for its refunds.
//! Emits: nothing; asks for the mail.
//! Undone by: nothing. What was said was true; `user.erased` takes it away.

use std::time::Duration;

use livemart_contracts::events::OrderConfirmed;
use livemart_contracts::{OrderId, UserId};
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use super::about;
use crate::domain::{Kind, Notice};
use crate::notify::Notifier;
use crate::store::orders;

pub struct OnOrderConfirmed {
    pub notifier: Notifier,
}

impl Reaction for OnOrderConfirmed {
    type Event = OrderConfirmed;
    const DURABLE: &'static str = "notification-order-confirmed";
    const LINGER: Duration = super::LINGER;

    async fn react(&self, cx: &mut Context, batch: &[Delivered<OrderConfirmed>]) -> Result<Vec<Decision>, Failure> {
        let known: Vec<(OrderId, UserId)> = batch.iter().map(|event| (event.order_id, event.customer_id)).collect();
        orders::know_in(cx.tx(), &known).await?;
        let given = about(batch, |event| Notice::of_order(Kind::OrderConfirmed, event.customer_id, event.order_id));
        self.notifier.tell(cx, &given).await
    }
}
