//! Goods as scenarios need them, and what other services say about them.

use livemart_contracts::events::{
    FailureCode, LocalizedText, OrderCancelled, OrderConfirmed, OrderFailed, OrderFailure, PaymentAuthorized,
    ProductCreated,
};
use livemart_testing::contract::{Bench, Effects, Saga};

/// What changes when goods move.
pub const BOOKS: &[&str] = &["movements", "reservations", "stock"];

/// What an order's end leaves that comes before its beginning.
pub const TOMBSTONE: Effects = Effects { changes: &["reservations"], ..Effects::NONE };

pub fn product_created(saga: &Saga) -> ProductCreated {
    let text = || LocalizedText { ko: "머그".to_owned(), en: "Mug".to_owned() };
    ProductCreated {
        product_id: saga.product_id,
        sku: "MUG-1".to_owned(),
        name: text(),
        description: text(),
        category: "kitchen".to_owned(),
        price: saga.price(),
        version: 1,
    }
}

pub fn payment_authorized(saga: &Saga) -> PaymentAuthorized {
    PaymentAuthorized {
        order_id: saga.order_id,
        payment_id: saga.payment_id,
        amount: saga.total(),
        lines: saga.lines(),
        expires_at: saga.expires_at,
    }
}

pub fn order_confirmed(saga: &Saga) -> OrderConfirmed {
    OrderConfirmed { order_id: saga.order_id, customer_id: saga.customer_id }
}

pub fn order_failed(saga: &Saga) -> OrderFailed {
    let failure = OrderFailure { code: FailureCode::TimedOut, detail: "undecided".to_owned() };
    OrderFailed { order_id: saga.order_id, customer_id: saga.customer_id, failure }
}

pub fn order_cancelled(saga: &Saga) -> OrderCancelled {
    let reason = "changed my mind".to_owned();
    OrderCancelled { order_id: saga.order_id, customer_id: saga.customer_id, reason }
}

/// More of the product than the order wants; the staff counts, which no event tells.
pub async fn stocked(bench: &Bench, saga: &Saga) {
    bench.hears("inventory-product-created", &product_created(saga)).await;
    let (product, pieces) = (saga.product_id.uuid(), Saga::QUANTITY * 5);
    bench.execute(&format!("UPDATE stock SET on_hand = {pieces} WHERE product_id = '{product}'")).await;
}

pub async fn reserved(bench: &Bench, saga: &Saga) {
    bench.hears("inventory-payment-authorized", &payment_authorized(saga)).await;
}

pub async fn committed(bench: &Bench, saga: &Saga) {
    reserved(bench, saga).await;
    bench.hears("inventory-order-confirmed", &order_confirmed(saga)).await;
}
