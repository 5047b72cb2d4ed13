//! Payments as scenarios need them. What the provider answers is written down directly, for no event tells it.

use livemart_contracts::events::{
    FailureCode, OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed, OrderFailure,
};
use livemart_testing::contract::{Bench, Saga};

pub fn order_created(saga: &Saga) -> OrderCreated {
    OrderCreated {
        order_id: saga.order_id,
        customer_id: saga.customer_id,
        lines: saga.priced_lines(),
        total: saga.total(),
        payment_method: "pm_card_visa".to_owned(),
        expires_at: saga.expires_at,
    }
}

pub fn order_confirmed(saga: &Saga) -> OrderConfirmed {
    OrderConfirmed { order_id: saga.order_id, customer_id: saga.customer_id }
}

pub fn order_failed(saga: &Saga) -> OrderFailed {
    let failure = OrderFailure { code: FailureCode::OutOfStock, detail: "sold out".to_owned() };
    OrderFailed { order_id: saga.order_id, customer_id: saga.customer_id, failure }
}

pub fn order_cancelled(saga: &Saga) -> OrderCancelled {
    let reason = "changed my mind".to_owned();
    OrderCancelled { order_id: saga.order_id, customer_id: saga.customer_id, reason }
}

/// The order was heard of, and the provider holds its total.
pub async fn authorized(bench: &Bench, saga: &Saga) {
    bench.hears("payment-order-created", &order_created(saga)).await;
    answered(bench, saga, "status = 'authorized', provider_reference = 'hold_1'", "pending").await;
}

/// The order was confirmed, and the provider took the money.
pub async fn captured(bench: &Bench, saga: &Saga) {
    authorized(bench, saga).await;
    bench.hears("payment-order-confirmed", &order_confirmed(saga)).await;
    answered(bench, saga, "status = 'captured', captured = amount", "authorized").await;
}

async fn answered(bench: &Bench, saga: &Saga, change: &str, from: &str) {
    let order = saga.order_id.uuid();
    let sql = format!("UPDATE payments SET {change}, version = version + 1 WHERE order_id = '{order}'");
    bench.execute(&format!("{sql} AND status = '{from}'")).await;
}
