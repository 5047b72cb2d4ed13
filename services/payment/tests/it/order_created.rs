//! `order.created` has the total held; not when the order was over before.

use livemart_contracts::events::OrderCreated;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::payments::{order_created, order_failed};

struct OnOrderCreated;

impl Scenario for OnOrderCreated {
    type Event = OrderCreated;
    const DURABLE: &'static str = "payment-order-created";
    const EFFECTS: Effects = Effects { asks: &["payment.authorize"], changes: &["payments"], ..Effects::NONE };
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::IGNORED;

    fn event(saga: &Saga) -> OrderCreated {
        order_created(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("payment-order-failed", &order_failed(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnOrderCreated);
