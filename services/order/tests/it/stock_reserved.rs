//! `stock.reserved` confirms the order.

use livemart_contracts::events::StockReserved;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::orders::{cancelled, placed, stock_reserved};

struct OnStockReserved;

impl Scenario for OnStockReserved {
    type Event = StockReserved;
    const DURABLE: &'static str = "order-stock-reserved";
    const EFFECTS: Effects = Effects { emits: &["order.confirmed"], asks: &[], changes: &["orders"] };
    const EARLY: Early = Early::Waits;
    const LATE: Late = Late::IGNORED;

    async fn cause(bench: &Bench, saga: &Saga) {
        placed(bench, saga, "pending").await;
    }

    fn event(saga: &Saga) -> StockReserved {
        stock_reserved(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        cancelled(bench, saga).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnStockReserved);
