//! The reservation that leaves a product with little says so, once, whatever happens to it.

use livemart_contracts::events::PaymentAuthorized;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::LOW_STOCK;
use crate::goods::{BOOKS, order_failed, payment_authorized, product_created};

struct OfTheLastPieces;

impl Scenario for OfTheLastPieces {
    type Event = PaymentAuthorized;
    const DURABLE: &'static str = "inventory-payment-authorized";
    const EFFECTS: Effects = Effects { emits: &["stock.reserved", "stock.low"], changes: BOOKS, ..Effects::NONE };
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::IGNORED;

    async fn setting(bench: &Bench, saga: &Saga) {
        bench.hears("inventory-product-created", &product_created(saga)).await;
        let (product, pieces) = (saga.product_id.uuid(), LOW_STOCK + 1);
        bench.execute(&format!("UPDATE stock SET on_hand = {pieces} WHERE product_id = '{product}'")).await;
    }

    fn event(saga: &Saga) -> PaymentAuthorized {
        payment_authorized(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("inventory-order-failed", &order_failed(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OfTheLastPieces);
