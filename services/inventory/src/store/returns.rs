//! Goods that came back with a refund.

use chrono::{DateTime, Utc};
use livemart_contracts::OrderId;
use livemart_contracts::ids::RefundId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::reservations::stored;
use crate::domain::Lines;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    pub refund_id: RefundId,
    pub order_id: OrderId,
    pub lines: Lines,
}

/// Writes new rows; the reservations of their orders are locked.
pub async fn insert_in(tx: &impl ConnectionTrait, returns: &[Return], now: DateTime<Utc>) -> Result<(), DbErr> {
    let refunds: Vec<Uuid> = returns.iter().map(|returned| returned.refund_id.uuid()).collect();
    let orders: Vec<Uuid> = returns.iter().map(|returned| returned.order_id.uuid()).collect();
    let lines: Vec<String> = returns.iter().map(|returned| stored(&returned.lines)).collect();
    tx.execute_raw(sql(
        "INSERT INTO returns (refund_id, order_id, lines, at)
         SELECT refund_id, order_id, lines::jsonb, $4
         FROM unnest($1, $2, $3) AS returned (refund_id, order_id, lines)",
        [refunds.into(), orders.into(), lines.into(), now.into()],
    ))
    .await?;
    Ok(())
}
