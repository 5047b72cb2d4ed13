//! `stock.failed` fails the order as out of stock.

use livemart_contracts::events::StockFailed;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::orders::{cancelled, placed};

struct OnStockFailed;

impl Scenario for OnStockFailed {
    type Event = StockFailed;
    const DURABLE: &'static str = "order-stock-failed";
    const EFFECTS: Effects = Effects { emits: &["order.failed"], asks: &[], changes: &["orders"] };
    const EARLY: Early = Early::Waits;
    const LATE: Late = Late::IGNORED;

    async fn cause(bench: &Bench, saga: &Saga) {
        placed(bench, saga, "pending").await;
    }

    fn event(saga: &Saga) -> StockFailed {
        StockFailed { order_id: saga.order_id, shortages: Vec::new() }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        cancelled(bench, saga).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnStockFailed);
