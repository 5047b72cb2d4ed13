//! `stock.changed` tells how many of a product are left; the newest version counts.

use livemart_contracts::events::StockChanged;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

const DURABLE: &str = "product-stock";

struct StockLevels;

fn level(saga: &Saga, available: i64, version: i64) -> StockChanged {
    StockChanged { product_id: saga.product_id, on_hand: available, reserved: 0, available, version }
}

impl Scenario for StockLevels {
    type Event = StockChanged;
    const DURABLE: &'static str = DURABLE;
    const EFFECTS: Effects =
        Effects { changes: &["change_numbers", "product_changes", "product_stock"], ..Effects::NONE };
    const DERIVED: &'static [&'static str] = &["change_numbers", "product_changes"];
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::IGNORED;

    fn event(saga: &Saga) -> StockChanged {
        level(saga, 10, 1)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears(DURABLE, &level(saga, 8, 2)).await;
    }
}

livemart_testing::projection_contract!(crate::service, StockLevels);
