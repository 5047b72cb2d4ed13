//! Trigger: `order.cancelled`, by the customer or the staff.
//! Effect: the customer is told, once.
//! Emits: nothing; asks for the mail.
//! Undone by: nothing. What was said was true; `user.erased` takes it away.

use std::time::Duration;

use livemart_contracts::events::OrderCancelled;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use super::about;
use crate::domain::{Kind, Notice};
use crate::notify::Notifier;

pub struct OnOrderCancelled {
    pub notifier: Notifier,
}

impl Reaction for OnOrderCancelled {
    type Event = OrderCancelled;
    const DURABLE: &'static str = "notification-order-cancelled";
    const LINGER: Duration = super::LINGER;

    async fn react(&self, cx: &mut Context, batch: &[Delivered<OrderCancelled>]) -> Result<Vec<Decision>, Failure> {
        let given = about(batch, |event| Notice::of_order(Kind::OrderCancelled, event.customer_id, event.order_id));
        self.notifier.tell(cx, &given).await
    }
}
