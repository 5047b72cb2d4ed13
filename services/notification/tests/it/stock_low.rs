//! `stock.low` is told to the staff, once for each time that a product falls low.

use livemart_contracts::events::StockLow;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::TOLD;

struct OnStockLow;

impl Scenario for OnStockLow {
    type Event = StockLow;
    const DURABLE: &'static str = "notification-stock-low";
    const EFFECTS: Effects = TOLD;
    const EARLY: Early = Early::Begins;
    /// It fell before, rose, and falls again.
    const LATE: Late = Late::applied(TOLD);

    fn event(saga: &Saga) -> StockLow {
        StockLow { product_id: saga.product_id, available: 3, threshold: 5 }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-stock-low", &Self::event(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnStockLow);
