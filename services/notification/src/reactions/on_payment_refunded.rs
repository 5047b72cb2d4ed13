//! Trigger: `payment.refunded`, money went back. It does not say whose it is: only a confirmed order is ever refunded,
//! so `order.confirmed` said that before, or is on its way.
//! Effect: the customer is told, once for each refund: several partial ones are several facts.
//! Emits: nothing; asks for the mail.
//! Undone by: nothing. What was said was true; `user.erased` takes it away.

use std::time::Duration;

use livemart_contracts::events::PaymentRefunded;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use crate::domain::{Details, Inbox, Kind, Notice};
use crate::notify::{Given, Notifier};
use crate::store::orders;

/// The two streams are read side by side: one is at most this far behind.
const EARLY: Duration = Duration::from_secs(1);

pub struct OnPaymentRefunded {
    pub notifier: Notifier,
}

impl Reaction for OnPaymentRefunded {
    type Event = PaymentRefunded;
    const DURABLE: &'static str = "notification-payment-refunded";
    const LINGER: Duration = super::LINGER;

    async fn react(&self, cx: &mut Context, batch: &[Delivered<PaymentRefunded>]) -> Result<Vec<Decision>, Failure> {
        let customers = orders::customers(cx.tx(), batch.iter().map(|event| event.order_id).collect()).await?;
        let given = |event: &Delivered<PaymentRefunded>| {
            let notice = Notice {
                to: Inbox::Person(*customers.get(&event.order_id)?),
                kind: Kind::PaymentRefunded,
                subject: format!("{}:{}", event.order_id, event.id()),
                details: Details { amount: Some(event.amount), ..Details::of_order(event.order_id) },
            };
            Some(Given { notice, cause: event.into(), at: event.attributes.time })
        };
        let given: Vec<Option<Given>> = batch.iter().map(given).collect();
        let known: Vec<Given> = given.iter().flatten().cloned().collect();
        let mut told = self.notifier.tell(cx, &known).await?.into_iter();
        let mut decide = |given: &Option<Given>| given.as_ref().and_then(|_| told.next());
        Ok(given.iter().map(|given| decide(given).unwrap_or(Decision::NotYet(EARLY))).collect())
    }
}
