//! Orders.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use livemart_contracts::events::{FailureCode, OrderFailure, PricedLine};
use livemart_contracts::{Money, OrderId, UserId};
use livemart_messaging::{Failure, Listing, sql};
use livemart_web::Address;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, JsonValue};
use uuid::Uuid;

use super::{corrupt, money};
use crate::domain::{Order, Status};

/// An order as it was placed.
#[derive(Debug, Clone)]
pub struct PlacedOrder {
    pub id: OrderId,
    pub customer_id: UserId,
    pub lines: Vec<PricedLine>,
    pub total: Money,
    pub payment_method: String,
    pub shipping_address: Option<Address>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

pub async fn insert_in(tx: &impl ConnectionTrait, orders: &[PlacedOrder]) -> Result<(), DbErr> {
    let texts = |of: fn(&PlacedOrder) -> String| orders.iter().map(of).collect::<Vec<String>>();
    let ids: Vec<Uuid> = orders.iter().map(|order| order.id.uuid()).collect();
    let customers: Vec<Uuid> = orders.iter().map(|order| order.customer_id.uuid()).collect();
    let totals: Vec<i64> = orders.iter().map(|order| order.total.amount).collect();
    let created: Vec<DateTime<Utc>> = orders.iter().map(|order| order.created_at).collect();
    let expires: Vec<DateTime<Utc>> = orders.iter().map(|order| order.expires_at).collect();
    tx.execute_raw(sql(
        "INSERT INTO orders (order_id, customer_id, status, lines, total, currency, payment_method, shipping_address,
                             created_at, expires_at, updated_at, version)
         SELECT order_id, customer_id, 'pending', lines::jsonb, total, currency, payment_method,
                nullif(address, 'null')::jsonb, created_at, expires_at, created_at, 1
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
           AS placed (order_id, customer_id, lines, total, currency, payment_method, address, created_at, expires_at)",
        [
            ids.into(),
            customers.into(),
            texts(|order| serde_json::json!(order.lines).to_string()).into(),
            totals.into(),
            texts(|order| order.total.currency.code().to_owned()).into(),
            texts(|order| order.payment_method.clone()).into(),
            texts(|order| serde_json::json!(order.shipping_address).to_string()).into(),
            created.into(),
            expires.into(),
        ],
    ))
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct DecidingRow {
    order_id: Uuid,
    customer_id: Uuid,
    status: String,
    failure_code: Option<String>,
    failure_detail: Option<String>,
    cancel_reason: Option<String>,
    version: i64,
}

impl TryFrom<DecidingRow> for Order {
    type Error = DbErr;

    fn try_from(row: DecidingRow) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.order_id.into(),
            customer_id: row.customer_id.into(),
            status: Status::parse(&row.status).ok_or_else(|| corrupt("status"))?,
            failure: failure(row.failure_code, row.failure_detail)?,
            cancel_reason: row.cancel_reason,
            version: row.version,
        })
    }
}

fn failure(code: Option<String>, detail: Option<String>) -> Result<Option<OrderFailure>, DbErr> {
    let Some(code) = code else { return Ok(None) };
    let code: FailureCode = serde_json::from_value(code.into()).map_err(|_| corrupt("failure_code"))?;
    Ok(Some(OrderFailure { code, detail: detail.unwrap_or_default() }))
}

/// Locks the orders among `ids` that exist, until the transaction ends.
pub async fn lock_in(
    tx: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = OrderId>,
) -> Result<BTreeMap<OrderId, Order>, DbErr> {
    let ids: Vec<Uuid> = ids.into_iter().map(|id| id.uuid()).collect();
    // In the order of their ids, so that two batches never wait for each other.
    let rows = DecidingRow::find_by_statement(sql(
        "SELECT order_id, customer_id, status, failure_code, failure_detail, cancel_reason, version
         FROM orders WHERE order_id = ANY ($1)
         ORDER BY order_id
         FOR UPDATE",
        [ids.into()],
    ))
    .all(tx)
    .await?;
    rows.into_iter().map(|row| Order::try_from(row).map(|order| (order.id, order))).collect()
}

/// Locks orders that are past their deadline, oldest first, passing over those that somebody else holds.
pub async fn lock_overdue_in(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    at_most: usize,
) -> Result<BTreeMap<OrderId, Order>, DbErr> {
    let rows = DecidingRow::find_by_statement(sql(
        "SELECT order_id, customer_id, status, failure_code, failure_detail, cancel_reason, version
         FROM orders WHERE status = 'pending' AND expires_at <= $1
         ORDER BY expires_at
         LIMIT $2
         FOR UPDATE SKIP LOCKED",
        [now.into(), i64::try_from(at_most).unwrap_or(i64::MAX).into()],
    ))
    .all(tx)
    .await?;
    rows.into_iter().map(|row| Order::try_from(row).map(|order| (order.id, order))).collect()
}

/// Undecided orders whose deadline was before `expired_before`.
pub async fn count_overdue(tx: &impl ConnectionTrait, expired_before: DateTime<Utc>) -> Result<i64, DbErr> {
    let statement = "SELECT count(*) FROM orders WHERE status = 'pending' AND expires_at <= $1";
    let row = tx.query_one_raw(sql(statement, [expired_before.into()])).await?;
    row.map_or(Ok(0), |row| row.try_get_by_index(0))
}

/// Saves orders that changed. The update names the version that was read: of two that decide at once, the first commit
/// wins, and the other is done again from what it finds then.
pub async fn save_in(tx: &impl ConnectionTrait, orders: &[&Order], now: DateTime<Utc>) -> Result<(), Failure> {
    if orders.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = orders.iter().map(|order| order.id.uuid()).collect();
    let versions: Vec<i64> = orders.iter().map(|order| order.version).collect();
    let statuses: Vec<String> = orders.iter().map(|order| order.status.as_str().to_owned()).collect();
    let codes: Vec<String> = orders.iter().map(|order| failure_code(order)).collect();
    let details: Vec<String> = orders
        .iter()
        .map(|order| order.failure.as_ref().map(|failure| failure.detail.clone()).unwrap_or_default())
        .collect();
    let reasons: Vec<String> = orders.iter().map(|order| order.cancel_reason.clone().unwrap_or_default()).collect();
    let saved = tx
        .execute_raw(sql(
            "UPDATE orders
             SET status = changed.status, failure_code = nullif(changed.failure_code, ''),
                 failure_detail = nullif(changed.failure_detail, ''), cancel_reason = nullif(changed.reason, ''),
                 updated_at = $7, version = orders.version + 1
             FROM unnest($1, $2, $3, $4, $5, $6)
               AS changed (order_id, version, status, failure_code, failure_detail, reason)
             WHERE orders.order_id = changed.order_id AND orders.version = changed.version",
            [ids.into(), versions.into(), statuses.into(), codes.into(), details.into(), reasons.into(), now.into()],
        ))
        .await?;
    if saved.rows_affected() == orders.len() as u64 {
        Ok(())
    } else {
        Err(Failure::Retry("an order changed while it was being decided".to_owned()))
    }
}

fn failure_code(order: &Order) -> String {
    let code = order.failure.as_ref().map(|failure| serde_json::json!(failure.code));
    code.and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default()
}

/// An order as its customer sees it.
#[derive(Debug, Clone)]
pub struct ShownOrder {
    pub placed: PlacedOrder,
    pub status: Status,
    pub failure: Option<OrderFailure>,
    pub payment_status: Option<String>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

#[derive(FromQueryResult)]
struct ShownRow {
    order_id: Uuid,
    customer_id: Uuid,
    status: String,
    lines: JsonValue,
    total: i64,
    currency: String,
    payment_method: String,
    shipping_address: Option<JsonValue>,
    failure_code: Option<String>,
    failure_detail: Option<String>,
    payment_status: Option<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

impl TryFrom<ShownRow> for ShownOrder {
    type Error = DbErr;

    fn try_from(row: ShownRow) -> Result<Self, DbErr> {
        let address = row.shipping_address.map(serde_json::from_value).transpose();
        Ok(Self {
            placed: PlacedOrder {
                id: row.order_id.into(),
                customer_id: row.customer_id.into(),
                lines: serde_json::from_value(row.lines).map_err(|_| corrupt("lines"))?,
                total: money(row.total, &row.currency)?,
                payment_method: row.payment_method,
                shipping_address: address.map_err(|_| corrupt("shipping_address"))?,
                created_at: row.created_at,
                expires_at: row.expires_at,
            },
            status: Status::parse(&row.status).ok_or_else(|| corrupt("status"))?,
            failure: failure(row.failure_code, row.failure_detail)?,
            payment_status: row.payment_status,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

const SHOWN: &str = "SELECT orders.order_id, customer_id, orders.status, lines, total, currency, payment_method,
            shipping_address, failure_code, failure_detail, order_payments.status AS payment_status, created_at,
            expires_at, updated_at, version
     FROM orders LEFT JOIN order_payments USING (order_id)";

/// The order `id`; with a `customer`, only if it is theirs.
pub async fn find(
    db: &impl ConnectionTrait,
    id: OrderId,
    customer: Option<UserId>,
) -> Result<Option<ShownOrder>, DbErr> {
    let text = format!("{SHOWN} WHERE order_id = $1 AND ($2::uuid IS NULL OR customer_id = $2)");
    let row = ShownRow::find_by_statement(sql(&text, [id.uuid().into(), customer.map(|id| id.uuid()).into()]));
    row.one(db).await?.map(ShownOrder::try_from).transpose()
}

/// Orders of `customer`, newest first, after the order `after`.
pub async fn list(
    db: &impl ConnectionTrait,
    customer: UserId,
    after: Option<OrderId>,
    rows: i64,
) -> Result<Vec<ShownOrder>, DbErr> {
    let text = format!("{SHOWN} WHERE customer_id = $1");
    let wanted = Listing::new(&text, [customer.uuid().into()]).and("order_id <", after.map(|id| id.uuid()));
    let rows = ShownRow::find_by_statement(wanted.page("order_id DESC", rows)).all(db).await?;
    rows.into_iter().map(ShownOrder::try_from).collect()
}

/// The orders in `status`, which is one that waits for the staff; the oldest first.
pub async fn list_to_fulfil(
    db: &impl ConnectionTrait,
    status: Status,
    after: Option<OrderId>,
    rows: i64,
) -> Result<Vec<ShownOrder>, DbErr> {
    // The list of both is what the index is of.
    let text = format!("{SHOWN} WHERE orders.status IN ('confirmed', 'shipped') AND orders.status = $1");
    let wanted = Listing::new(&text, [status.as_str().into()]).and("orders.order_id >", after.map(|id| id.uuid()));
    let rows = ShownRow::find_by_statement(wanted.page("orders.order_id", rows)).all(db).await?;
    rows.into_iter().map(ShownOrder::try_from).collect()
}
