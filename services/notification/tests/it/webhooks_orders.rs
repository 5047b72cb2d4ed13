//! `order.*` goes to the endpoints that ask for it, once, also when it is announced again.

use livemart_contracts::events::OrderConfirmed;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::{PASSED_ON, listened_to, order_confirmed};

struct WebhooksOfOrders;

impl Scenario for WebhooksOfOrders {
    type Event = OrderConfirmed;
    const DURABLE: &'static str = "notification-webhooks-orders";
    const EFFECTS: Effects = PASSED_ON;
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::DUPLICATE;

    async fn setting(bench: &Bench, _: &Saga) {
        listened_to(bench).await;
    }

    fn event(saga: &Saga) -> OrderConfirmed {
        order_confirmed(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-webhooks-orders", &order_confirmed(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, WebhooksOfOrders);
