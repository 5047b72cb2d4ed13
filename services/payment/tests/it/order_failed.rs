//! `order.failed` has a hold released; one that comes first sees to it that there is none.

use livemart_contracts::events::OrderFailed;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::payments::{authorized, order_failed};

struct OnOrderFailed;

impl Scenario for OnOrderFailed {
    type Event = OrderFailed;
    const DURABLE: &'static str = "payment-order-failed";
    const EFFECTS: Effects = Effects { asks: &["payment.void"], changes: &["payments"], ..Effects::NONE };
    const EARLY: Early = Early::Remembered(Effects { changes: &["payments"], ..Effects::NONE });
    const LATE: Late = Late::DUPLICATE;

    async fn cause(bench: &Bench, saga: &Saga) {
        authorized(bench, saga).await;
    }

    fn event(saga: &Saga) -> OrderFailed {
        order_failed(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("payment-order-failed", &order_failed(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnOrderFailed);
