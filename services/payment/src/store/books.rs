//! Our books, as whoever compares them with the provider's reads them.

use chrono::{DateTime, Utc};
use livemart_contracts::money::Currency;
use livemart_contracts::{Money, OrderId, PaymentId};
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::corrupt;
use crate::domain::{Amounts, Status};

/// One payment, where its money is, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub status: Status,
    pub amount: Money,
    pub amounts: Amounts,
    pub reference: Option<String>,
    pub updated_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    order_id: Uuid,
    payment_id: Uuid,
    status: String,
    amount: i64,
    currency: String,
    captured: i64,
    refunded: i64,
    provider_reference: Option<String>,
    updated_at: DateTime<Utc>,
}

const SELECT: &str =
    "SELECT order_id, payment_id, status, amount, currency, captured, refunded, provider_reference, updated_at
                      FROM payments WHERE provider = $1 AND status <> 'tombstone'";

impl TryFrom<Row> for Recorded {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let status = Status::parse(&row.status).ok_or_else(|| corrupt("status"))?;
        let currency = Currency::from_code(&row.currency).ok_or_else(|| corrupt("currency"))?;
        Ok(Self {
            order_id: row.order_id.into(),
            payment_id: row.payment_id.into(),
            status,
            amount: Money::new(row.amount, currency),
            amounts: Amounts::of(status, row.amount, row.captured, row.refunded),
            reference: row.provider_reference,
            updated_at: row.updated_at,
        })
    }
}

async fn read(db: &impl ConnectionTrait, statement: sea_orm::Statement) -> Result<Vec<Recorded>, DbErr> {
    Row::find_by_statement(statement).all(db).await?.into_iter().map(Recorded::try_from).collect()
}

/// Payments by this provider whose ids lie between `after` and `before`, the oldest first; `before` is no longer among them.
pub async fn between(
    db: &impl ConnectionTrait,
    provider: &str,
    after: Uuid,
    before: Uuid,
    rows: usize,
) -> Result<Vec<Recorded>, DbErr> {
    let text = format!("{SELECT} AND payment_id > $2 AND payment_id < $3 ORDER BY payment_id LIMIT $4");
    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
    read(db, sql(&text, [provider.into(), after.into(), before.into(), rows.into()])).await
}

/// Payments by this provider of these orders.
pub async fn of_orders(db: &impl ConnectionTrait, provider: &str, orders: Vec<Uuid>) -> Result<Vec<Recorded>, DbErr> {
    let text = format!("{SELECT} AND order_id = ANY ($2)");
    read(db, sql(&text, [provider.into(), orders.into()])).await
}

/// Payments by this provider that have these holds.
pub async fn of_references(
    db: &impl ConnectionTrait,
    provider: &str,
    references: Vec<String>,
) -> Result<Vec<Recorded>, DbErr> {
    let text = format!("{SELECT} AND provider_reference = ANY ($2) AND provider <> 'sandbox'");
    read(db, sql(&text, [provider.into(), references.into()])).await
}
