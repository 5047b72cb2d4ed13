//! `order.confirmed` takes the goods out of the stock that were set aside.

use livemart_contracts::events::OrderConfirmed;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::goods::{BOOKS, order_cancelled, order_confirmed, reserved, stocked};

struct OnOrderConfirmed;

impl Scenario for OnOrderConfirmed {
    type Event = OrderConfirmed;
    const DURABLE: &'static str = "inventory-order-confirmed";
    const EFFECTS: Effects = Effects { emits: &["stock.committed"], changes: BOOKS, ..Effects::NONE };
    const EARLY: Early = Early::Waits;
    const LATE: Late = Late::IGNORED;

    async fn setting(bench: &Bench, saga: &Saga) {
        stocked(bench, saga).await;
    }

    async fn cause(bench: &Bench, saga: &Saga) {
        reserved(bench, saga).await;
    }

    fn event(saga: &Saga) -> OrderConfirmed {
        order_confirmed(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("inventory-order-cancelled", &order_cancelled(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnOrderConfirmed);
