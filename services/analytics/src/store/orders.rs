//! What the order service told of each order.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use livemart_contracts::{Money, OrderId};
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult, JsonValue};
use uuid::Uuid;

use super::{Stored, column, corrupt, currency, ids, times};
use crate::domain::{Changed, Order, Placed, Told};

#[derive(FromQueryResult)]
struct Row {
    order_id: Uuid,
    customer_id: Uuid,
    total: Option<i64>,
    currency: Option<String>,
    lines: Option<JsonValue>,
    created_at: Option<DateTime<Utc>>,
    confirmed_at: Option<DateTime<Utc>>,
    failed_at: Option<DateTime<Utc>>,
    failure_code: Option<String>,
    cancelled_at: Option<DateTime<Utc>>,
    shipped_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Order {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let placed = match (row.created_at, row.total, row.currency, row.lines) {
            (Some(at), Some(total), Some(code), Some(lines)) => {
                let lines = serde_json::from_value(lines).map_err(|_| corrupt("lines"))?;
                Some(Told { at, what: Placed { total: Money::new(total, currency(&code)?), lines } })
            }
            _ => None,
        };
        Ok(Self {
            customer_id: row.customer_id.into(),
            placed,
            confirmed_at: row.confirmed_at,
            failed: row.failed_at.zip(row.failure_code).map(|(at, what)| Told { at, what }),
            cancelled_at: row.cancelled_at,
            shipped_at: row.shipped_at,
            delivered_at: row.delivered_at,
        })
    }
}

impl Stored for Order {
    const HOURS: &'static str = "order_hours";
    const EVENTS: &'static str = "order_events";

    async fn find_in(tx: &DatabaseTransaction, orders: Vec<Uuid>) -> Result<BTreeMap<OrderId, Self>, DbErr> {
        let rows = Row::find_by_statement(sql(
            "SELECT order_id, customer_id, total, currency, lines, created_at, confirmed_at, failed_at, failure_code,
                    cancelled_at, shipped_at, delivered_at
             FROM orders WHERE order_id = ANY ($1)",
            [orders.into()],
        ));
        let rows = rows.all(tx).await?;
        rows.into_iter().map(|row| Ok((row.order_id.into(), Self::try_from(row)?))).collect()
    }

    async fn save_in(tx: &DatabaseTransaction, changed: &[Changed<Self>]) -> Result<(), DbErr> {
        let of_placed = |of: fn(&Placed) -> String| {
            column(changed, |order| order.placed.as_ref().map(|placed| of(&placed.what)).unwrap_or_default())
        };
        let code = |order: &Self| order.failed.as_ref().map(|failed| failed.what.clone()).unwrap_or_default();
        tx.execute_raw(sql(
            "INSERT INTO orders (order_id, customer_id, total, currency, lines, created_at, confirmed_at, failed_at,
                                 failure_code, cancelled_at, shipped_at, delivered_at)
             SELECT order_id, customer_id, CASE WHEN currency <> '' THEN total END, nullif(currency, ''),
                    nullif(lines, '')::jsonb, nullif(created_at, 'epoch'), nullif(confirmed_at, 'epoch'),
                    nullif(failed_at, 'epoch'), nullif(failure_code, ''), nullif(cancelled_at, 'epoch'),
                    nullif(shipped_at, 'epoch'), nullif(delivered_at, 'epoch')
             FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
               AS told (order_id, customer_id, total, currency, lines, created_at, confirmed_at, failed_at,
                        failure_code, cancelled_at, shipped_at, delivered_at)
             ON CONFLICT (order_id) DO UPDATE
             SET total = excluded.total, currency = excluded.currency, lines = excluded.lines,
                 created_at = excluded.created_at, confirmed_at = excluded.confirmed_at,
                 failed_at = excluded.failed_at, failure_code = excluded.failure_code,
                 cancelled_at = excluded.cancelled_at, shipped_at = excluded.shipped_at,
                 delivered_at = excluded.delivered_at",
            [
                ids(changed).into(),
                column(changed, |order| order.customer_id.uuid()).into(),
                column(changed, |order| order.placed.as_ref().map_or(0, |placed| placed.what.total.amount)).into(),
                of_placed(|placed| placed.total.currency.code().to_owned()).into(),
                of_placed(|placed| serde_json::json!(placed.lines).to_string()).into(),
                times(changed, |order| order.placed.as_ref().map(|placed| placed.at)).into(),
                times(changed, |order| order.confirmed_at).into(),
                times(changed, |order| order.failed.as_ref().map(|failed| failed.at)).into(),
                column(changed, code).into(),
                times(changed, |order| order.cancelled_at).into(),
                times(changed, |order| order.shipped_at).into(),
                times(changed, |order| order.delivered_at).into(),
            ],
        ))
        .await?;
        Ok(())
    }
}
