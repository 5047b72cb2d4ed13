//! `order.confirmed` has the money taken that is held.

use livemart_contracts::events::OrderConfirmed;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::payments::{authorized, order_cancelled, order_confirmed};

struct OnOrderConfirmed;

impl Scenario for OnOrderConfirmed {
    type Event = OrderConfirmed;
    const DURABLE: &'static str = "payment-order-confirmed";
    const EFFECTS: Effects = Effects { asks: &["payment.capture"], changes: &["payments"], ..Effects::NONE };
    const EARLY: Early = Early::Waits;
    const LATE: Late = Late::IGNORED;

    async fn cause(bench: &Bench, saga: &Saga) {
        authorized(bench, saga).await;
    }

    fn event(saga: &Saga) -> OrderConfirmed {
        order_confirmed(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("payment-order-cancelled", &order_cancelled(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnOrderConfirmed);
