//! `payment.refunded` is told to whom the order belongs; not when they have left.

use livemart_contracts::events::PaymentRefunded;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::{TOLD, order_confirmed, user_erased};

struct OnPaymentRefunded;

impl Scenario for OnPaymentRefunded {
    type Event = PaymentRefunded;
    const DURABLE: &'static str = "notification-payment-refunded";
    const EFFECTS: Effects = TOLD;
    const EARLY: Early = Early::Waits;
    const LATE: Late = Late::IGNORED;

    async fn cause(bench: &Bench, saga: &Saga) {
        bench.hears("notification-order-confirmed", &order_confirmed(saga)).await;
    }

    fn event(saga: &Saga) -> PaymentRefunded {
        let (order_id, payment_id, amount) = (saga.order_id, saga.payment_id, saga.total());
        PaymentRefunded { order_id, payment_id, amount, refund_id: None, restock: Vec::new() }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-user-erased", &user_erased(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnPaymentRefunded);
