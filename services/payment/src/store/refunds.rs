//! Refunds that the staff asked for.

use chrono::{DateTime, Utc};
use livemart_contracts::events::Line;
use livemart_contracts::ids::RefundId;
use livemart_contracts::{OrderId, UserId};
use livemart_messaging::{Listing, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, JsonValue};
use uuid::Uuid;

use super::corrupt;
use crate::domain::Refund;

pub async fn insert_in(
    tx: &impl ConnectionTrait,
    order_id: OrderId,
    refund: &Refund,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    tx.execute_raw(sql(
        "INSERT INTO refunds (refund_id, order_id, amount, reason, restock, status, asked_by, created_at)
         VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7)",
        [
            refund.id.uuid().into(),
            order_id.uuid().into(),
            refund.amount.amount.into(),
            refund.reason.clone().into(),
            serde_json::json!(refund.restock).into(),
            refund.asked_by.uuid().into(),
            now.into(),
        ],
    ))
    .await?;
    Ok(())
}

/// All goods of the order that came back with a refund, or will.
pub async fn returned_in(tx: &impl ConnectionTrait, order_id: OrderId) -> Result<Vec<Line>, DbErr> {
    let query = sql("SELECT restock FROM refunds WHERE order_id = $1", [order_id.uuid().into()]);
    let mut returned = Vec::new();
    for row in tx.query_all_raw(query).await? {
        let lines: Vec<Line> = serde_json::from_value(row.try_get_by_index(0)?).map_err(|_| corrupt("restock"))?;
        returned.extend(lines);
    }
    Ok(returned)
}

/// The provider gave the money of these back.
pub async fn succeeded_in(tx: &impl ConnectionTrait, ids: &[RefundId], now: DateTime<Utc>) -> Result<(), DbErr> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    tx.execute_raw(sql(
        "UPDATE refunds SET status = 'succeeded', done_at = $2 WHERE refund_id = ANY ($1) AND status = 'pending'",
        [ids.into(), now.into()],
    ))
    .await?;
    Ok(())
}

/// A refund as it is shown.
#[derive(Debug, Clone)]
pub struct ShownRefund {
    pub id: RefundId,
    pub amount: i64,
    pub reason: String,
    pub restock: Vec<Line>,
    pub status: String,
    pub asked_by: UserId,
    pub created_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    refund_id: Uuid,
    amount: i64,
    reason: String,
    restock: JsonValue,
    status: String,
    asked_by: Uuid,
    created_at: DateTime<Utc>,
}

/// Refunds of the order, the newest first, before the refund `before`.
pub async fn list(
    db: &impl ConnectionTrait,
    order_id: OrderId,
    before: Option<RefundId>,
    rows: i64,
) -> Result<Vec<ShownRefund>, DbErr> {
    let of_order = "SELECT refund_id, amount, reason, restock, status, asked_by, created_at FROM refunds
                    WHERE order_id = $1";
    let wanted = Listing::new(of_order, [order_id.uuid().into()]).and("refund_id <", before.map(|id| id.uuid()));
    let found = Row::find_by_statement(wanted.page("refund_id DESC", rows));
    let shown = |row: Row| {
        Ok(ShownRefund {
            id: row.refund_id.into(),
            amount: row.amount,
            reason: row.reason,
            restock: serde_json::from_value(row.restock).map_err(|_| corrupt("restock"))?,
            status: row.status,
            asked_by: row.asked_by.into(),
            created_at: row.created_at,
        })
    };
    found.all(db).await?.into_iter().map(shown).collect()
}
