//! `payment.*` tells what an order shows of its payment, of which what is further along stays, and what its followers hear.

use livemart_contracts::events::{PaymentAuthorized, PaymentCaptured, PaymentRefunded};
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

const DURABLE: &str = "order-payments";

struct Payments;

impl Scenario for Payments {
    type Event = PaymentAuthorized;
    const DURABLE: &'static str = DURABLE;
    const EFFECTS: Effects = Effects { changes: &["order_payments", "payment_events"], ..Effects::NONE };
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::applied(Effects { changes: &["payment_events"], ..Effects::NONE });

    fn event(saga: &Saga) -> PaymentAuthorized {
        PaymentAuthorized {
            order_id: saga.order_id,
            payment_id: saga.payment_id,
            amount: saga.total(),
            lines: saga.lines(),
            expires_at: saga.expires_at,
        }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        let (order_id, payment_id, amount) = (saga.order_id, saga.payment_id, saga.total());
        bench.hears(DURABLE, &PaymentCaptured { order_id, payment_id, amount }).await;
        let refunded = PaymentRefunded { order_id, payment_id, amount, refund_id: None, restock: Vec::new() };
        bench.hears(DURABLE, &refunded).await;
    }
}

livemart_testing::projection_contract!(crate::service, Payments);
