//! What the payment service told of each order.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use livemart_contracts::OrderId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult, JsonValue};
use uuid::Uuid;

use super::{Stored, column, corrupt, currency, ids, times};
use crate::domain::time::hour_of;
use crate::domain::{Changed, Payment, Told};

#[derive(FromQueryResult)]
struct Row {
    order_id: Uuid,
    authorized_at: Option<DateTime<Utc>>,
    failed_at: Option<DateTime<Utc>>,
    failure_code: Option<String>,
    captured_at: Option<DateTime<Utc>>,
    captured: i64,
    voided_at: Option<DateTime<Utc>>,
    refunds: JsonValue,
    currency: Option<String>,
    stalled_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Payment {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            authorized_at: row.authorized_at,
            failed: row.failed_at.zip(row.failure_code).map(|(at, what)| Told { at, what }),
            captured: row.captured_at.map(|at| Told { at, what: row.captured }),
            voided_at: row.voided_at,
            refunds: serde_json::from_value(row.refunds).map_err(|_| corrupt("refunds"))?,
            currency: row.currency.map(|code| currency(&code)).transpose()?,
            stalled_at: row.stalled_at,
        })
    }
}

impl Stored for Payment {
    const HOURS: &'static str = "payment_hours";
    const EVENTS: &'static str = "payment_events";

    async fn find_in(tx: &DatabaseTransaction, orders: Vec<Uuid>) -> Result<BTreeMap<OrderId, Self>, DbErr> {
        let rows = Row::find_by_statement(sql(
            "SELECT order_id, authorized_at, failed_at, failure_code, captured_at, captured, voided_at, refunds, currency,
                    stalled_at
             FROM payments WHERE order_id = ANY ($1)",
            [orders.into()],
        ));
        let rows = rows.all(tx).await?;
        rows.into_iter().map(|row| Ok((row.order_id.into(), Self::try_from(row)?))).collect()
    }

    async fn save_in(tx: &DatabaseTransaction, changed: &[Changed<Self>]) -> Result<(), DbErr> {
        let code = |payment: &Self| payment.failed.as_ref().map(|failed| failed.what.clone()).unwrap_or_default();
        let currency = |payment: &Self| payment.currency.map(|currency| currency.code().to_owned()).unwrap_or_default();
        let hours: Vec<DateTime<Utc>> = changed.iter().map(|changed| hour_of(changed.order_id)).collect();
        tx.execute_raw(sql(
            "INSERT INTO payments (order_id, hour, authorized_at, failed_at, failure_code, captured_at, captured, voided_at,
                                   refunds, refunded, currency, stalled_at)
             SELECT order_id, hour, nullif(authorized_at, 'epoch'), nullif(failed_at, 'epoch'), nullif(failure_code, ''),
                    nullif(captured_at, 'epoch'), captured, nullif(voided_at, 'epoch'), refunds::jsonb, refunded,
                    nullif(currency, ''), nullif(stalled_at, 'epoch')
             FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
               AS told (order_id, hour, authorized_at, failed_at, failure_code, captured_at, captured, voided_at,
                        refunds, refunded, currency, stalled_at)
             ON CONFLICT (order_id) DO UPDATE
             SET authorized_at = excluded.authorized_at, failed_at = excluded.failed_at,
                 failure_code = excluded.failure_code, captured_at = excluded.captured_at,
                 captured = excluded.captured, voided_at = excluded.voided_at, refunds = excluded.refunds,
                 refunded = excluded.refunded, currency = excluded.currency, stalled_at = excluded.stalled_at",
            [
                ids(changed).into(),
                hours.into(),
                times(changed, |payment| payment.authorized_at).into(),
                times(changed, |payment| payment.failed.as_ref().map(|failed| failed.at)).into(),
                column(changed, code).into(),
                times(changed, |payment| payment.captured.as_ref().map(|captured| captured.at)).into(),
                column(changed, Self::captured).into(),
                times(changed, |payment| payment.voided_at).into(),
                column(changed, |payment| serde_json::json!(payment.refunds).to_string()).into(),
                column(changed, Self::refunded).into(),
                column(changed, currency).into(),
                times(changed, |payment| payment.stalled_at).into(),
            ],
        ))
        .await?;
        Ok(())
    }
}
