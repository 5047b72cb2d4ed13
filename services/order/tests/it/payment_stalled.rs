//! `payment.stalled` has the decision announced again, whatever it is by now.

use livemart_contracts::events::PaymentStalled;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::orders::{cancelled, placed};

struct OnPaymentStalled;

impl Scenario for OnPaymentStalled {
    type Event = PaymentStalled;
    const DURABLE: &'static str = "order-payment-stalled";
    const EFFECTS: Effects = Effects { emits: &["order.confirmed"], ..Effects::NONE };
    const EARLY: Early = Early::Waits;
    const LATE: Late = Late::applied(Effects { emits: &["order.cancelled"], ..Effects::NONE });

    async fn cause(bench: &Bench, saga: &Saga) {
        placed(bench, saga, "confirmed").await;
    }

    fn event(saga: &Saga) -> PaymentStalled {
        PaymentStalled { order_id: saga.order_id, payment_id: saga.payment_id }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        cancelled(bench, saga).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnPaymentStalled);
