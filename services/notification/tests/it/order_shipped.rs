//! `order.shipped` is told once, also when it is announced again.

use livemart_contracts::events::OrderShipped;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::{TOLD, order_shipped};

struct OnOrderShipped;

impl Scenario for OnOrderShipped {
    type Event = OrderShipped;
    const DURABLE: &'static str = "notification-order-shipped";
    const EFFECTS: Effects = TOLD;
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::DUPLICATE;

    fn event(saga: &Saga) -> OrderShipped {
        order_shipped(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-order-shipped", &order_shipped(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnOrderShipped);
