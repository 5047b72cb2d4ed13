//! `order.cancelled` puts goods back that had left the stock; one that comes first sees to it that none leave.

use livemart_contracts::events::OrderCancelled;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::goods::{BOOKS, TOMBSTONE, committed, order_cancelled, stocked};

struct OnOrderCancelled;

impl Scenario for OnOrderCancelled {
    type Event = OrderCancelled;
    const DURABLE: &'static str = "inventory-order-cancelled";
    const EFFECTS: Effects = Effects { emits: &["stock.released"], changes: BOOKS, ..Effects::NONE };
    const EARLY: Early = Early::Remembered(TOMBSTONE);
    const LATE: Late = Late::DUPLICATE;

    async fn setting(bench: &Bench, saga: &Saga) {
        stocked(bench, saga).await;
    }

    async fn cause(bench: &Bench, saga: &Saga) {
        committed(bench, saga).await;
    }

    fn event(saga: &Saga) -> OrderCancelled {
        order_cancelled(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("inventory-order-cancelled", &order_cancelled(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnOrderCancelled);
