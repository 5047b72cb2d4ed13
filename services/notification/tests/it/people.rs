//! Customers as scenarios need them, what happens to their orders, and who else listens.

use livemart_contracts::events::{
    FailureCode, OrderCancelled, OrderConfirmed, OrderDelivered, OrderFailed, OrderFailure, OrderShipped,
    PaymentCaptured, UserErased, UserRegistered,
};
use livemart_testing::contract::{Bench, Effects, Saga};

/// Somebody is told something.
pub const TOLD: Effects =
    Effects { asks: &["notification.mail"], changes: &["inboxes", "mails", "notifications"], ..Effects::NONE };

/// Somebody else hears of it.
pub const PASSED_ON: Effects =
    Effects { asks: &["notification.webhook"], changes: &["webhook_deliveries", "webhook_messages"], ..Effects::NONE };

pub fn user_registered(saga: &Saga) -> UserRegistered {
    let (email, name) = ("hana@example.com".to_owned(), "Hana".to_owned());
    UserRegistered { user_id: saga.customer_id, email, name }
}

pub fn user_erased(saga: &Saga) -> UserErased {
    UserErased { user_id: saga.customer_id }
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

pub fn order_shipped(saga: &Saga) -> OrderShipped {
    OrderShipped { order_id: saga.order_id, customer_id: saga.customer_id }
}

pub fn order_delivered(saga: &Saga) -> OrderDelivered {
    OrderDelivered { order_id: saga.order_id, customer_id: saga.customer_id }
}

pub fn payment_captured(saga: &Saga) -> PaymentCaptured {
    PaymentCaptured { order_id: saga.order_id, payment_id: saga.payment_id, amount: saga.total() }
}

/// One endpoint asks for everything; the staff make it, which no event tells.
pub async fn listened_to(bench: &Bench) {
    bench.execute("DELETE FROM webhook_endpoints").await;
    let endpoint = "INSERT INTO webhook_endpoints (id, url, description, event_types, secret, created_at)
        VALUES (gen_random_uuid(), 'https://hooks.example.com/', '', '{}', 'secret', now())";
    bench.execute(endpoint).await;
}
