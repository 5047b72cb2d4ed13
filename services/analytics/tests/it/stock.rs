//! `stock.*` tells what was set aside, left and came back.

use livemart_contracts::events::{StockCommitted, StockReleased};
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

const DURABLE: &str = "analytics-stock";
const EFFECTS: Effects = Effects { changes: &["goods", "stock_events", "stock_hours"], ..Effects::NONE };

struct Stock;

impl Scenario for Stock {
    type Event = StockCommitted;
    const DURABLE: &'static str = DURABLE;
    const EFFECTS: Effects = EFFECTS;
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::applied(EFFECTS);

    fn event(saga: &Saga) -> StockCommitted {
        StockCommitted { order_id: saga.order_id, reservation_id: saga.reservation_id, lines: saga.lines() }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        let (order_id, reservation_id, lines) = (saga.order_id, saga.reservation_id, saga.lines());
        bench.hears(DURABLE, &StockReleased { order_id, reservation_id, lines, refund_id: None }).await;
    }
}

livemart_testing::projection_contract!(crate::service, Stock);
