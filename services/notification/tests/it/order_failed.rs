//! `order.failed` is told once, also when it is announced again.

use livemart_contracts::events::OrderFailed;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::{TOLD, order_failed};

struct OnOrderFailed;

impl Scenario for OnOrderFailed {
    type Event = OrderFailed;
    const DURABLE: &'static str = "notification-order-failed";
    const EFFECTS: Effects = TOLD;
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::DUPLICATE;

    fn event(saga: &Saga) -> OrderFailed {
        order_failed(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-order-failed", &order_failed(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnOrderFailed);
