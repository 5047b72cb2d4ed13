//! Orders as scenarios need them: placed by a customer, which no event tells; and what others say about them.

use livemart_contracts::events::StockReserved;
use livemart_testing::contract::{Bench, Saga};

/// The order of `saga`, in `status`.
pub async fn placed(bench: &Bench, saga: &Saga, status: &str) {
    let (order, customer) = (saga.order_id.uuid(), saga.customer_id.uuid());
    let (total, expires_at) = (saga.total(), saga.expires_at.to_rfc3339());
    bench
        .execute(&format!(
            "INSERT INTO orders (order_id, customer_id, status, lines, total, currency, payment_method, created_at,
                                 expires_at, updated_at, version)
             VALUES ('{order}', '{customer}', '{status}', '[]', {}, '{}', 'pm_card_visa', now(), '{expires_at}', now(), 1)",
            total.amount,
            total.currency.code(),
        ))
        .await;
}

/// The customer cancels the order of `saga`.
pub async fn cancelled(bench: &Bench, saga: &Saga) {
    let order = saga.order_id.uuid();
    let sql = "UPDATE orders SET status = 'cancelled', cancel_reason = 'changed my mind', version = version + 1";
    bench.execute(&format!("{sql} WHERE order_id = '{order}'")).await;
}

/// What the inventory says when it set the goods aside.
pub fn stock_reserved(saga: &Saga) -> StockReserved {
    StockReserved {
        order_id: saga.order_id,
        reservation_id: saga.reservation_id,
        lines: saga.lines(),
        expires_at: saga.expires_at,
    }
}
