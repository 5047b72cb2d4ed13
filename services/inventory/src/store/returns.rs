//! Goods that came back with a refund.

use chrono::{DateTime, Utc};
use livemart_contracts::OrderId;
use livemart_contracts::ids::RefundId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, JsonValue};
use uuid::Uuid;

use super::reservations::{lines, stored};
use super::unreadable;
use crate::domain::Lines;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    pub refund_id: RefundId,
    pub order_id: OrderId,
    pub lines: Lines,
}

#[derive(FromQueryResult)]
struct Row {
    refund_id: Uuid,
    order_id: Uuid,
    lines: JsonValue,
}

/// What came back of `orders`.
pub async fn list_in(tx: &impl ConnectionTrait, orders: &[OrderId]) -> Result<Vec<Return>, DbErr> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = orders.iter().map(|order| order.uuid()).collect();
    let statement = sql("SELECT refund_id, order_id, lines FROM returns WHERE order_id = ANY ($1)", [ids.into()]);
    let rows = Row::find_by_statement(statement).all(tx).await?;
    let returned = |row: Row| {
        let lines = lines(row.lines).map_err(|error| unreadable("returns", error))?;
        Ok(Return { refund_id: row.refund_id.into(), order_id: row.order_id.into(), lines })
    };
    rows.into_iter().map(returned).collect()
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
