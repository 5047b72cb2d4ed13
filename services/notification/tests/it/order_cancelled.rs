//! `order.cancelled` is told once, also when it is announced again.

use livemart_contracts::events::OrderCancelled;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::{TOLD, order_cancelled};

struct OnOrderCancelled;

impl Scenario for OnOrderCancelled {
    type Event = OrderCancelled;
    const DURABLE: &'static str = "notification-order-cancelled";
    const EFFECTS: Effects = TOLD;
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::DUPLICATE;

    fn event(saga: &Saga) -> OrderCancelled {
        order_cancelled(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-order-cancelled", &order_cancelled(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnOrderCancelled);
