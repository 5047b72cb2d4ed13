//! Payments, one of each order.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use livemart_contracts::money::Currency;
use livemart_contracts::{Money, OrderId, PaymentId, UserId};
use livemart_messaging::{Failure, Listing, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, JsonValue};
use uuid::Uuid;

use super::corrupt;
use crate::domain::{Decline, OrderFate, Payment, Status, Terms};

/// Records new payments and tombstones, and answers the orders of those that were not known in either form.
pub async fn insert_in(
    tx: &impl ConnectionTrait,
    payments: &[Payment],
    provider: &str,
    now: DateTime<Utc>,
) -> Result<HashSet<OrderId>, DbErr> {
    let uuids = |of: fn(&Payment) -> Uuid| payments.iter().map(of).collect::<Vec<Uuid>>();
    let texts = |of: fn(&Payment) -> String| payments.iter().map(of).collect::<Vec<String>>();
    let amounts: Vec<i64> =
        payments.iter().map(|payment| payment.terms.as_ref().map_or(0, |terms| terms.amount.amount)).collect();
    let expires: Vec<DateTime<Utc>> =
        payments.iter().map(|payment| payment.terms.as_ref().map_or(now, |terms| terms.expires_at)).collect();
    let of_terms = |of: fn(&Terms) -> String| {
        payments.iter().map(|payment| payment.terms.as_ref().map(of).unwrap_or_default()).collect::<Vec<String>>()
    };
    let rows = tx
        .query_all_raw(sql(
            "INSERT INTO payments (order_id, payment_id, customer_id, status, order_fate, amount, currency, method, lines,
                                   expires_at, provider, created_at, updated_at, version)
             SELECT order_id, payment_id, customer_id, status, order_fate,
                    CASE WHEN currency <> '' THEN amount END, nullif(currency, ''), nullif(method, ''),
                    nullif(lines, '')::jsonb, CASE WHEN currency <> '' THEN expires_at END, $11, $12, $12, 1
             FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
               AS made (order_id, payment_id, customer_id, status, order_fate, amount, currency, method, lines, expires_at)
             ORDER BY order_id
             ON CONFLICT (order_id) DO NOTHING
             RETURNING order_id",
            [
                uuids(|payment| payment.order_id.uuid()).into(),
                uuids(|payment| payment.payment_id.uuid()).into(),
                uuids(|payment| payment.customer_id.uuid()).into(),
                texts(|payment| payment.status.as_str().to_owned()).into(),
                texts(|payment| payment.fate.as_str().to_owned()).into(),
                amounts.into(),
                of_terms(|terms| terms.amount.currency.code().to_owned()).into(),
                of_terms(|terms| terms.method.clone()).into(),
                of_terms(|terms| serde_json::json!(terms.lines).to_string()).into(),
                expires.into(),
                provider.into(),
                now.into(),
            ],
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index::<Uuid>(0).map(OrderId::from)).collect()
}

#[derive(FromQueryResult)]
struct Row {
    order_id: Uuid,
    payment_id: Uuid,
    customer_id: Uuid,
    status: String,
    order_fate: String,
    amount: Option<i64>,
    currency: Option<String>,
    method: Option<String>,
    lines: Option<JsonValue>,
    expires_at: Option<DateTime<Utc>>,
    captured: i64,
    refunded: i64,
    refunding: i64,
    provider_reference: Option<String>,
    failure_code: Option<String>,
    failure_detail: Option<String>,
    version: i64,
}

const COLUMNS: &str =
    "order_id, payment_id, customer_id, status, order_fate, amount, currency, method, lines, expires_at,
                       captured, refunded, refunding, provider_reference, failure_code, failure_detail, version";

impl TryFrom<Row> for Payment {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let terms = match (row.amount, row.currency, row.method, row.lines, row.expires_at) {
            (Some(amount), Some(currency), Some(method), Some(lines), Some(expires_at)) => Some(Terms {
                amount: Money::new(amount, Currency::from_code(&currency).ok_or_else(|| corrupt("currency"))?),
                method,
                lines: serde_json::from_value(lines).map_err(|_| corrupt("lines"))?,
                expires_at,
            }),
            _ => None,
        };
        let detail = row.failure_detail.unwrap_or_default();
        Ok(Self {
            order_id: row.order_id.into(),
            payment_id: row.payment_id.into(),
            customer_id: row.customer_id.into(),
            status: Status::parse(&row.status).ok_or_else(|| corrupt("status"))?,
            fate: OrderFate::parse(&row.order_fate).ok_or_else(|| corrupt("order_fate"))?,
            terms,
            captured: row.captured,
            refunded: row.refunded,
            refunding: row.refunding,
            reference: row.provider_reference,
            decline: row.failure_code.map(|code| Decline { code, detail }),
            version: row.version,
        })
    }
}

async fn by_order(
    tx: &impl ConnectionTrait,
    statement: sea_orm::Statement,
) -> Result<BTreeMap<OrderId, Payment>, DbErr> {
    let rows = Row::find_by_statement(statement).all(tx).await?;
    rows.into_iter().map(|row| Payment::try_from(row).map(|payment| (payment.order_id, payment))).collect()
}

/// Locks the payments of `orders` that exist, until the transaction ends.
pub async fn lock_in(
    tx: &impl ConnectionTrait,
    orders: impl IntoIterator<Item = OrderId>,
) -> Result<BTreeMap<OrderId, Payment>, DbErr> {
    let ids: Vec<Uuid> = orders.into_iter().map(|id| id.uuid()).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let text = format!("SELECT {COLUMNS} FROM payments WHERE order_id = ANY ($1) ORDER BY order_id FOR UPDATE");
    by_order(tx, sql(&text, [ids.into()])).await
}

/// The payment `id`; a tombstone is none.
pub async fn find(db: &impl ConnectionTrait, id: PaymentId) -> Result<Option<Payment>, DbErr> {
    one(db, id, "").await
}

/// As [`find`]; nobody else moves the payment until the transaction ends.
pub async fn lock_one_in(tx: &impl ConnectionTrait, id: PaymentId) -> Result<Option<Payment>, DbErr> {
    one(tx, id, "FOR UPDATE").await
}

async fn one(db: &impl ConnectionTrait, id: PaymentId, lock: &str) -> Result<Option<Payment>, DbErr> {
    let text = format!("SELECT {COLUMNS} FROM payments WHERE payment_id = $1 AND status <> 'tombstone' {lock}");
    let row = Row::find_by_statement(sql(&text, [id.uuid().into()])).one(db).await?;
    row.map(Payment::try_from).transpose()
}

/// Of holds by the provider's names for them, whose payments have them by our books.
pub async fn owners_in(
    tx: &impl ConnectionTrait,
    provider: &str,
    references: Vec<String>,
) -> Result<HashMap<String, OrderId>, DbErr> {
    let query = "SELECT provider_reference, order_id FROM payments
                 WHERE provider = $1 AND provider_reference = ANY ($2) AND provider <> 'sandbox'";
    let rows = tx.query_all_raw(sql(query, [provider.into(), references.into()])).await?;
    let owner = |row: &sea_orm::QueryResult| Ok((row.try_get_by_index(0)?, row.try_get_by_index::<Uuid>(1)?.into()));
    rows.iter().map(owner).collect()
}

/// The payment that has the hold `reference` or, where none has it yet, that of the order `order`.
pub async fn find_meant(
    db: &impl ConnectionTrait,
    provider: &str,
    reference: &str,
    order: Option<OrderId>,
) -> Result<Option<(OrderId, PaymentId)>, DbErr> {
    let query = "SELECT order_id, payment_id FROM payments
                 WHERE provider = $1 AND provider_reference = $2 AND provider <> 'sandbox'
                 UNION ALL
                 SELECT order_id, payment_id FROM payments
                 WHERE order_id = $3 AND provider = $1 AND provider_reference IS NULL AND status <> 'tombstone'
                 LIMIT 1";
    let values = [provider.into(), reference.into(), order.map(|order| order.uuid()).into()];
    let row = db.query_one_raw(sql(query, values)).await?;
    row.map(|row| Ok((row.try_get_by_index::<Uuid>(0)?.into(), row.try_get_by_index::<Uuid>(1)?.into()))).transpose()
}

/// Saves payments that changed, each from the version that was read.
pub async fn save_in(tx: &impl ConnectionTrait, payments: &[&Payment], now: DateTime<Utc>) -> Result<(), Failure> {
    if payments.is_empty() {
        return Ok(());
    }
    let texts = |of: fn(&Payment) -> String| payments.iter().map(|payment| of(payment)).collect::<Vec<String>>();
    let numbers = |of: fn(&Payment) -> i64| payments.iter().map(|payment| of(payment)).collect::<Vec<i64>>();
    let ids: Vec<Uuid> = payments.iter().map(|payment| payment.order_id.uuid()).collect();
    let saved = tx
        .execute_raw(sql(
            "UPDATE payments
             SET status = changed.status, order_fate = changed.order_fate, captured = changed.captured,
                 refunded = changed.refunded, refunding = changed.refunding, provider_reference = nullif(changed.reference, ''),
                 failure_code = nullif(changed.failure_code, ''), failure_detail = nullif(changed.failure_detail, ''),
                 ask_at = CASE WHEN changed.awaits_decision THEN coalesce(payments.ask_at, payments.expires_at) END,
                 updated_at = $11, version = payments.version + 1
             FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $12)
               AS changed (order_id, version, status, order_fate, captured, refunded, reference, failure_code,
                           failure_detail, awaits_decision, refunding)
             WHERE payments.order_id = changed.order_id AND payments.version = changed.version",
            [
                ids.into(),
                numbers(|payment| payment.version).into(),
                texts(|payment| payment.status.as_str().to_owned()).into(),
                texts(|payment| payment.fate.as_str().to_owned()).into(),
                numbers(|payment| payment.captured).into(),
                numbers(|payment| payment.refunded).into(),
                texts(|payment| payment.reference.clone().unwrap_or_default()).into(),
                texts(|payment| payment.decline.as_ref().map(|decline| decline.code.clone()).unwrap_or_default())
                    .into(),
                texts(|payment| payment.decline.as_ref().map(|decline| decline.detail.clone()).unwrap_or_default())
                    .into(),
                payments.iter().map(|payment| payment.awaits_decision()).collect::<Vec<bool>>().into(),
                now.into(),
                numbers(|payment| payment.refunding).into(),
            ],
        ))
        .await?;
    if saved.rows_affected() == payments.len() as u64 {
        Ok(())
    } else {
        Err(Failure::Retry("a payment changed while it was being moved".to_owned()))
    }
}

/// Takes holds whose order is undecided `stalled_after` its deadline or the last time they asked, passing over those that somebody else has, and sets
/// when they ask again.
pub async fn take_stalled_in(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    stalled_after: TimeDelta,
    at_most: usize,
) -> Result<Vec<Payment>, DbErr> {
    let text = format!(
        "UPDATE payments SET ask_at = $1
         WHERE order_id IN (
             SELECT order_id FROM payments WHERE ask_at <= $2
             ORDER BY ask_at
             LIMIT $3
             FOR UPDATE SKIP LOCKED)
         RETURNING {COLUMNS}"
    );
    let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
    let taken = by_order(tx, sql(&text, [now.into(), (now - stalled_after).into(), at_most.into()])).await?;
    Ok(taken.into_values().collect())
}

/// Calls to the provider that have waited since before `asked_before`, by their kind.
pub async fn count_late_calls(
    tx: &impl ConnectionTrait,
    asked_before: DateTime<Utc>,
) -> Result<HashMap<String, i64>, DbErr> {
    let statement = "SELECT kind, count(*) FROM tasks WHERE status = 'waiting' AND created_at <= $1 GROUP BY kind";
    let rows = tx.query_all_raw(sql(statement, [asked_before.into()])).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Holds that still wait for the decision about an order whose deadline was before `expired_before`.
pub async fn count_undecided(tx: &impl ConnectionTrait, expired_before: DateTime<Utc>) -> Result<i64, DbErr> {
    let statement = "SELECT count(*) FROM payments WHERE ask_at IS NOT NULL AND expires_at <= $1";
    let row = tx.query_one_raw(sql(statement, [expired_before.into()])).await?;
    row.map_or(Ok(0), |row| row.try_get_by_index(0))
}

/// A payment as its customer sees it.
#[derive(Debug, Clone, FromQueryResult)]
pub struct ShownPayment {
    pub payment_id: Uuid,
    pub order_id: Uuid,
    pub status: String,
    pub amount: i64,
    pub currency: String,
    pub captured: i64,
    pub refunded: i64,
    pub provider: String,
    pub failure_code: Option<String>,
    pub failure_detail: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

/// Which payments are wanted; a customer's filter holds their own id.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    pub payment: Option<PaymentId>,
    pub order: Option<OrderId>,
    pub customer: Option<UserId>,
    /// The last one of the page before.
    pub after: Option<PaymentId>,
}

/// Payments, newest first. Tombstones are not payments.
pub async fn list(db: &impl ConnectionTrait, wanted: Wanted, rows: i64) -> Result<Vec<ShownPayment>, DbErr> {
    let all = "SELECT payment_id, order_id, status, amount, currency, captured, refunded, provider, failure_code,
                failure_detail, created_at, updated_at, version
         FROM payments
         WHERE status <> 'tombstone'";
    let wanted = Listing::new(all, [])
        .and("payment_id =", wanted.payment.map(|id| id.uuid()))
        .and("order_id =", wanted.order.map(|id| id.uuid()))
        .and("customer_id =", wanted.customer.map(|id| id.uuid()))
        .and("payment_id <", wanted.after.map(|id| id.uuid()));
    ShownPayment::find_by_statement(wanted.page("payment_id DESC", rows)).all(db).await
}
