//! `payment.*` tells what was taken and what went back.

use livemart_contracts::events::{PaymentCaptured, PaymentRefunded};
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

const DURABLE: &str = "analytics-payments";
const EFFECTS: Effects = Effects { changes: &["payment_events", "payment_hours", "payments"], ..Effects::NONE };

struct Payments;

impl Scenario for Payments {
    type Event = PaymentCaptured;
    const DURABLE: &'static str = DURABLE;
    const EFFECTS: Effects = EFFECTS;
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::applied(EFFECTS);

    fn event(saga: &Saga) -> PaymentCaptured {
        PaymentCaptured { order_id: saga.order_id, payment_id: saga.payment_id, amount: saga.total() }
    }

    /// The refund overtakes what it gives back.
    async fn end(bench: &Bench, saga: &Saga) {
        let (order_id, payment_id, amount) = (saga.order_id, saga.payment_id, saga.total());
        let refunded = PaymentRefunded { order_id, payment_id, amount, refund_id: None, restock: Vec::new() };
        bench.hears(DURABLE, &refunded).await;
    }
}

livemart_testing::projection_contract!(crate::service, Payments);
