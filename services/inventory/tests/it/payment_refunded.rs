//! `payment.refunded` puts the goods back that the staff says came back with the money.

use livemart_contracts::events::{Line, PaymentRefunded};
use livemart_contracts::ids::RefundId;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::goods::{committed, order_cancelled, stocked};

struct OnPaymentRefunded;

impl Scenario for OnPaymentRefunded {
    type Event = PaymentRefunded;
    const DURABLE: &'static str = "inventory-payment-refunded";
    const EFFECTS: Effects =
        Effects { emits: &["stock.released"], changes: &["movements", "returns", "stock"], ..Effects::NONE };
    const EARLY: Early = Early::Waits;
    const LATE: Late = Late::IGNORED;

    async fn setting(bench: &Bench, saga: &Saga) {
        stocked(bench, saga).await;
    }

    async fn cause(bench: &Bench, saga: &Saga) {
        committed(bench, saga).await;
    }

    fn event(saga: &Saga) -> PaymentRefunded {
        PaymentRefunded {
            order_id: saga.order_id,
            payment_id: saga.payment_id,
            amount: saga.price(),
            refund_id: Some(RefundId::from_uuid(saga.order_id.uuid())),
            restock: vec![Line { product_id: saga.product_id, quantity: 1 }],
        }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("inventory-order-cancelled", &order_cancelled(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnPaymentRefunded);
