//! `payment.authorized` sets the goods aside; not when the order was over before.

use livemart_contracts::events::PaymentAuthorized;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::goods::{BOOKS, order_failed, payment_authorized, stocked};

struct OnPaymentAuthorized;

impl Scenario for OnPaymentAuthorized {
    type Event = PaymentAuthorized;
    const DURABLE: &'static str = "inventory-payment-authorized";
    const EFFECTS: Effects = Effects { emits: &["stock.reserved"], changes: BOOKS, ..Effects::NONE };
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::IGNORED;

    async fn setting(bench: &Bench, saga: &Saga) {
        stocked(bench, saga).await;
    }

    fn event(saga: &Saga) -> PaymentAuthorized {
        payment_authorized(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("inventory-order-failed", &order_failed(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnPaymentAuthorized);
