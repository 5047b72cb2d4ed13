//! `order.delivered` is told once, also when it is announced again.

use livemart_contracts::events::OrderDelivered;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::{TOLD, order_delivered};

struct OnOrderDelivered;

impl Scenario for OnOrderDelivered {
    type Event = OrderDelivered;
    const DURABLE: &'static str = "notification-order-delivered";
    const EFFECTS: Effects = TOLD;
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::DUPLICATE;

    fn event(saga: &Saga) -> OrderDelivered {
        order_delivered(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-order-delivered", &order_delivered(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnOrderDelivered);
