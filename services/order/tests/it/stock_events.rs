//! `stock.*` is what the followers of an order hear of its goods.

use livemart_contracts::events::{StockCommitted, StockReserved};
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::orders::stock_reserved;

const DURABLE: &str = "order-stock-events";

struct StockEvents;

impl Scenario for StockEvents {
    type Event = StockReserved;
    const DURABLE: &'static str = DURABLE;
    const EFFECTS: Effects = Effects { changes: &["stock_events"], ..Effects::NONE };
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::applied(Self::EFFECTS);

    fn event(saga: &Saga) -> StockReserved {
        stock_reserved(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        let (order_id, reservation_id, lines) = (saga.order_id, saga.reservation_id, saga.lines());
        bench.hears(DURABLE, &StockCommitted { order_id, reservation_id, lines }).await;
    }
}

livemart_testing::projection_contract!(crate::service, StockEvents);
