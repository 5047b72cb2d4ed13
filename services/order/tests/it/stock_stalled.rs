//! `stock.stalled` has the decision announced again, whatever it is by now.

use livemart_contracts::events::StockStalled;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::orders::{cancelled, placed};

struct OnStockStalled;

impl Scenario for OnStockStalled {
    type Event = StockStalled;
    const DURABLE: &'static str = "order-stock-stalled";
    const EFFECTS: Effects = Effects { emits: &["order.confirmed"], ..Effects::NONE };
    const EARLY: Early = Early::Waits;
    const LATE: Late = Late::applied(Effects { emits: &["order.cancelled"], ..Effects::NONE });

    async fn cause(bench: &Bench, saga: &Saga) {
        placed(bench, saga, "confirmed").await;
    }

    fn event(saga: &Saga) -> StockStalled {
        StockStalled { order_id: saga.order_id, reservation_id: saga.reservation_id }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        cancelled(bench, saga).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnStockStalled);
