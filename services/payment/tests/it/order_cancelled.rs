//! `order.cancelled` has the money given back that was taken; one that comes first sees to it that none is.

use livemart_contracts::events::OrderCancelled;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::payments::{captured, order_cancelled};

struct OnOrderCancelled;

impl Scenario for OnOrderCancelled {
    type Event = OrderCancelled;
    const DURABLE: &'static str = "payment-order-cancelled";
    const EFFECTS: Effects = Effects { asks: &["payment.refund"], changes: &["payments"], ..Effects::NONE };
    const EARLY: Early = Early::Remembered(Effects { changes: &["payments"], ..Effects::NONE });
    const LATE: Late = Late::DUPLICATE;

    async fn cause(bench: &Bench, saga: &Saga) {
        captured(bench, saga).await;
    }

    fn event(saga: &Saga) -> OrderCancelled {
        order_cancelled(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("payment-order-cancelled", &order_cancelled(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnOrderCancelled);
