//! The projection of `payment.*`: what an order shows of its payment.

use livemart_contracts::OrderId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

/// What one event says about the payment of an order. Captured and refunded add up over events.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub order_id: OrderId,
    pub status: &'static str,
    /// How far along the status is: a later event that arrives first is not taken back by an earlier one.
    pub progress: i16,
    pub captured: i64,
    pub refunded: i64,
}

/// Takes over what events say, at most one of an order. What is refunded in part is told from the sums.
pub async fn save_in(tx: &impl ConnectionTrait, changes: &[Progress]) -> Result<(), DbErr> {
    let ids: Vec<Uuid> = changes.iter().map(|change| change.order_id.uuid()).collect();
    let statuses: Vec<String> = changes.iter().map(|change| change.status.to_owned()).collect();
    let progress: Vec<i32> = changes.iter().map(|change| i32::from(change.progress)).collect();
    let captured: Vec<i64> = changes.iter().map(|change| change.captured).collect();
    let refunded: Vec<i64> = changes.iter().map(|change| change.refunded).collect();
    tx.execute_raw(sql(
        "INSERT INTO order_payments (order_id, status, progress, captured, refunded)
         SELECT * FROM unnest($1, $2, $3, $4, $5) AS changed (order_id, status, progress, captured, refunded)
         ORDER BY order_id
         ON CONFLICT (order_id) DO UPDATE
         SET captured = order_payments.captured + excluded.captured,
             refunded = order_payments.refunded + excluded.refunded,
             progress = greatest(order_payments.progress, excluded.progress),
             status = CASE WHEN excluded.progress >= order_payments.progress THEN excluded.status
                           ELSE order_payments.status END",
        [ids.clone().into(), statuses.into(), progress.into(), captured.into(), refunded.into()],
    ))
    .await?;
    tx.execute_raw(sql(
        "UPDATE order_payments
         SET status = CASE WHEN refunded < captured THEN 'partially_refunded' ELSE 'refunded' END
         WHERE order_id = ANY ($1) AND refunded > 0 AND captured > 0",
        [ids.into()],
    ))
    .await?;
    Ok(())
}
