//! `payment.failed` fails the order as declined.

use livemart_contracts::events::PaymentFailed;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::orders::{cancelled, placed};

struct OnPaymentFailed;

impl Scenario for OnPaymentFailed {
    type Event = PaymentFailed;
    const DURABLE: &'static str = "order-payment-failed";
    const EFFECTS: Effects = Effects { emits: &["order.failed"], asks: &[], changes: &["orders"] };
    const EARLY: Early = Early::Waits;
    const LATE: Late = Late::IGNORED;

    async fn cause(bench: &Bench, saga: &Saga) {
        placed(bench, saga, "pending").await;
    }

    fn event(saga: &Saga) -> PaymentFailed {
        PaymentFailed {
            order_id: saga.order_id,
            payment_id: saga.payment_id,
            code: "card-declined".to_owned(),
            detail: String::new(),
        }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        cancelled(bench, saga).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnPaymentFailed);
