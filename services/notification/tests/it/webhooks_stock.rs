//! `stock.*` goes to the endpoints that ask for it, once for each order, also when it is announced again.

use livemart_contracts::events::StockCommitted;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::{PASSED_ON, listened_to};

struct WebhooksOfStock;

impl Scenario for WebhooksOfStock {
    type Event = StockCommitted;
    const DURABLE: &'static str = "notification-webhooks-stock";
    const EFFECTS: Effects = PASSED_ON;
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::DUPLICATE;

    async fn setting(bench: &Bench, _: &Saga) {
        listened_to(bench).await;
    }

    fn event(saga: &Saga) -> StockCommitted {
        StockCommitted { order_id: saga.order_id, reservation_id: saga.reservation_id, lines: saga.lines() }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-webhooks-stock", &Self::event(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, WebhooksOfStock);
