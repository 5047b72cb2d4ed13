//! `order.confirmed` is told once, also when it is announced again; whose order it is, is remembered.

use livemart_contracts::events::OrderConfirmed;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::order_confirmed;

struct OnOrderConfirmed;

impl Scenario for OnOrderConfirmed {
    type Event = OrderConfirmed;
    const DURABLE: &'static str = "notification-order-confirmed";
    const EFFECTS: Effects = Effects {
        asks: &["notification.mail"],
        changes: &["inboxes", "mails", "notifications", "order_customers"],
        ..Effects::NONE
    };
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::DUPLICATE;

    fn event(saga: &Saga) -> OrderConfirmed {
        order_confirmed(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-order-confirmed", &order_confirmed(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnOrderConfirmed);
