//! `payment.*` goes to the endpoints that ask for it, once, also when it is announced again.

use livemart_contracts::events::PaymentCaptured;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::{PASSED_ON, listened_to, payment_captured};

struct WebhooksOfPayments;

impl Scenario for WebhooksOfPayments {
    type Event = PaymentCaptured;
    const DURABLE: &'static str = "notification-webhooks-payments";
    const EFFECTS: Effects = PASSED_ON;
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::DUPLICATE;

    async fn setting(bench: &Bench, _: &Saga) {
        listened_to(bench).await;
    }

    fn event(saga: &Saga) -> PaymentCaptured {
        payment_captured(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-webhooks-payments", &payment_captured(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, WebhooksOfPayments);
