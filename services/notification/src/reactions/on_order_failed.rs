//! Trigger: `order.failed`, with a reason.
//! Effect: the customer is told why, once.
//! Emits: nothing; asks for the mail.
//! Undone by: nothing. What was said was true; `user.erased` takes it away.

use std::time::Duration;

use livemart_contracts::events::OrderFailed;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use super::about;
use crate::domain::{Details, Kind, Notice};
use crate::notify::Notifier;

pub struct OnOrderFailed {
    pub notifier: Notifier,
}

impl Reaction for OnOrderFailed {
    type Event = OrderFailed;
    const DURABLE: &'static str = "notification-order-failed";
    const LINGER: Duration = super::LINGER;

    async fn react(&self, cx: &mut Context, batch: &[Delivered<OrderFailed>]) -> Result<Vec<Decision>, Failure> {
        let given = about(batch, |event| {
            let notice = Notice::of_order(Kind::OrderFailed, event.customer_id, event.order_id);
            let details = Details { failure: Some(event.failure.code), ..notice.details };
            Notice { details, ..notice }
        });
        self.notifier.tell(cx, &given).await
    }
}
