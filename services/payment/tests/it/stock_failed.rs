//! `stock.failed` has the hold released without waiting for `order.failed`.

use livemart_contracts::events::StockFailed;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::payments::{authorized, order_failed};

struct OnStockFailed;

impl Scenario for OnStockFailed {
    type Event = StockFailed;
    const DURABLE: &'static str = "payment-stock-failed";
    const EFFECTS: Effects = Effects { asks: &["payment.void"], changes: &["payments"], ..Effects::NONE };
    const EARLY: Early = Early::Waits;
    const LATE: Late = Late::DUPLICATE;

    async fn cause(bench: &Bench, saga: &Saga) {
        authorized(bench, saga).await;
    }

    fn event(saga: &Saga) -> StockFailed {
        StockFailed { order_id: saga.order_id, shortages: Vec::new() }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("payment-order-failed", &order_failed(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnStockFailed);
