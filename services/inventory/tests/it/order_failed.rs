//! `order.failed` frees the goods; one that comes first sees to it that none are set aside.

use livemart_contracts::events::OrderFailed;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::goods::{BOOKS, TOMBSTONE, order_failed, reserved, stocked};

struct OnOrderFailed;

impl Scenario for OnOrderFailed {
    type Event = OrderFailed;
    const DURABLE: &'static str = "inventory-order-failed";
    const EFFECTS: Effects = Effects { emits: &["stock.released"], changes: BOOKS, ..Effects::NONE };
    const EARLY: Early = Early::Remembered(TOMBSTONE);
    const LATE: Late = Late::DUPLICATE;

    async fn setting(bench: &Bench, saga: &Saga) {
        stocked(bench, saga).await;
    }

    async fn cause(bench: &Bench, saga: &Saga) {
        reserved(bench, saga).await;
    }

    fn event(saga: &Saga) -> OrderFailed {
        order_failed(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("inventory-order-failed", &order_failed(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnOrderFailed);
