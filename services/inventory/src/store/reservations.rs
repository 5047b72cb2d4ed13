//! What was decided about each order.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use livemart_contracts::events::Line;
use livemart_contracts::ids::RefundId;
use livemart_contracts::{OrderId, ReservationId};
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, JsonValue};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{returns, unreadable};
use crate::domain::{Lines, Status};

/// An order's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    pub order_id: OrderId,
    pub reservation_id: ReservationId,
    pub status: Status,
    /// Empty when nothing was set aside.
    pub lines: Lines,
    /// What came back of them with refunds.
    pub returned: BTreeMap<RefundId, Lines>,
}

impl Reservation {
    /// One that no goods came back from.
    pub fn new(order_id: OrderId, reservation_id: ReservationId, status: Status, lines: Lines) -> Self {
        Self { order_id, reservation_id, status, lines, returned: BTreeMap::new() }
    }

    /// What did not come back.
    pub fn gone(&self) -> Lines {
        self.returned.values().fold(self.lines.clone(), |gone, returned| gone.without(returned))
    }
}

/// A reservation that waits for its order's decision for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdue {
    pub order_id: OrderId,
    pub reservation_id: ReservationId,
    /// How often the decision was asked for.
    pub asks: i32,
}

#[derive(FromQueryResult)]
struct Row {
    order_id: Uuid,
    reservation_id: Uuid,
    status: String,
    lines: JsonValue,
}

#[derive(FromQueryResult)]
struct StatusRow {
    order_id: Uuid,
    status: String,
}

#[derive(FromQueryResult)]
struct OverdueRow {
    order_id: Uuid,
    reservation_id: Uuid,
    asks: i32,
}

/// A line as stored: the id as the other tables have it, so that SQL can join them.
#[derive(Serialize, Deserialize)]
struct StoredLine {
    product_id: Uuid,
    quantity: u32,
}

fn status(text: &str) -> Result<Status, DbErr> {
    let known = Status::ALL.into_iter().find(|status| status.as_str() == text);
    known.ok_or_else(|| unreadable("reservations", format!("the status {text} is not known")))
}

pub(super) fn stored(lines: &Lines) -> String {
    let stored: Vec<StoredLine> =
        lines.iter().map(|(product, quantity)| StoredLine { product_id: product.uuid(), quantity }).collect();
    serde_json::to_string(&stored).unwrap_or_else(|error| unreachable!("ids and numbers are JSON: {error}"))
}

pub(super) fn lines(stored: JsonValue) -> Result<Lines, serde_json::Error> {
    let stored: Vec<StoredLine> = serde_json::from_value(stored)?;
    Ok(stored.into_iter().map(|line| Line { product_id: line.product_id.into(), quantity: line.quantity }).collect())
}

impl TryFrom<Row> for Reservation {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let lines = lines(row.lines).map_err(|error| unreadable("reservations", error))?;
        Ok(Self::new(row.order_id.into(), row.reservation_id.into(), status(&row.status)?, lines))
    }
}

/// What is known of `orders`, without locking it: enough for those who only add rows, since a row never goes away.
pub async fn statuses_in(tx: &impl ConnectionTrait, orders: &[OrderId]) -> Result<HashMap<OrderId, Status>, DbErr> {
    let rows = StatusRow::find_by_statement(sql(
        "SELECT order_id, status FROM reservations WHERE order_id = ANY ($1)",
        [uuids(orders).into()],
    ))
    .all(tx)
    .await?;
    rows.into_iter().map(|row| Ok((row.order_id.into(), status(&row.status)?))).collect()
}

/// Locks and reads what is known of `orders`, and then what came back of them: a statement of its own, for it must see
/// what was written by the transaction that the lock was waited for.
pub async fn lock_in(tx: &impl ConnectionTrait, orders: &[OrderId]) -> Result<HashMap<OrderId, Reservation>, DbErr> {
    let rows = Row::find_by_statement(sql(
        "SELECT order_id, reservation_id, status, lines FROM reservations
         WHERE order_id = ANY ($1)
         ORDER BY order_id
         FOR UPDATE",
        [uuids(orders).into()],
    ))
    .all(tx)
    .await?;
    let mut known = rows
        .into_iter()
        .map(|row| Ok((row.order_id.into(), Reservation::try_from(row)?)))
        .collect::<Result<HashMap<OrderId, Reservation>, DbErr>>()?;
    // Goods that did not leave cannot come back.
    let left: Vec<OrderId> =
        known.values().filter(|known| known.status == Status::Committed).map(|known| known.order_id).collect();
    for returned in returns::list_in(tx, &left).await? {
        if let Some(reservation) = known.get_mut(&returned.order_id) {
            reservation.returned.insert(returned.refund_id, returned.lines);
        }
    }
    Ok(known)
}

/// Writes new rows, and answers how many: fewer than were given mean that another transaction decided about one of these
/// orders meanwhile, and that the caller must not commit. `ask_at` is for those that are held.
pub async fn insert_in(
    tx: &impl ConnectionTrait,
    mut new: Vec<Reservation>,
    ask_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<usize, DbErr> {
    if new.is_empty() {
        return Ok(0);
    }
    new.sort_unstable_by_key(|reservation| reservation.order_id);
    let orders: Vec<Uuid> = new.iter().map(|reservation| reservation.order_id.uuid()).collect();
    let ids: Vec<Uuid> = new.iter().map(|reservation| reservation.reservation_id.uuid()).collect();
    let statuses: Vec<String> = new.iter().map(|reservation| reservation.status.as_str().to_owned()).collect();
    let lines: Vec<String> = new.iter().map(|reservation| stored(&reservation.lines)).collect();
    let inserted = tx
        .execute_raw(sql(
            "INSERT INTO reservations (order_id, reservation_id, status, lines, ask_at, created_at, updated_at)
             SELECT order_id, reservation_id, status, lines::jsonb, CASE status WHEN 'held' THEN $5 END, $6, $6
             FROM unnest($1, $2, $3, $4) AS decided (order_id, reservation_id, status, lines)
             ON CONFLICT DO NOTHING",
            [orders.into(), ids.into(), statuses.into(), lines.into(), ask_at.into(), now.into()],
        ))
        .await?;
    Ok(usize::try_from(inserted.rows_affected()).unwrap_or(usize::MAX))
}

/// Moves rows that the caller has locked to their next status.
pub async fn set_status_in(
    tx: &impl ConnectionTrait,
    moved: &[(OrderId, Status)],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    if moved.is_empty() {
        return Ok(());
    }
    let orders: Vec<Uuid> = moved.iter().map(|(order, _)| order.uuid()).collect();
    let statuses: Vec<String> = moved.iter().map(|(_, status)| status.as_str().to_owned()).collect();
    tx.execute_raw(sql(
        "UPDATE reservations SET status = moved.status, updated_at = $3
         FROM unnest($1, $2) AS moved (order_id, status)
         WHERE reservations.order_id = moved.order_id",
        [orders.into(), statuses.into(), now.into()],
    ))
    .await?;
    Ok(())
}

/// Locks held reservations whose decision is overdue, longest first; what another replica has in hand is left to it.
pub async fn lock_overdue_in(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    at_most: usize,
) -> Result<Vec<Overdue>, DbErr> {
    let rows = OverdueRow::find_by_statement(sql(
        "SELECT order_id, reservation_id, asks FROM reservations
         WHERE status = 'held' AND ask_at <= $1
         ORDER BY ask_at
         LIMIT $2
         FOR UPDATE SKIP LOCKED",
        [now.into(), i64::try_from(at_most).unwrap_or(i64::MAX).into()],
    ))
    .all(tx)
    .await?;
    let overdue = |row: OverdueRow| Overdue {
        order_id: row.order_id.into(),
        reservation_id: row.reservation_id.into(),
        asks: row.asks,
    };
    Ok(rows.into_iter().map(overdue).collect())
}

/// Notes that the decisions of these orders were asked for, and when to ask again.
pub async fn asked_in(
    tx: &impl ConnectionTrait,
    asked: &[(OrderId, DateTime<Utc>)],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let orders: Vec<Uuid> = asked.iter().map(|(order, _)| order.uuid()).collect();
    let again_at: Vec<DateTime<Utc>> = asked.iter().map(|(_, again_at)| *again_at).collect();
    tx.execute_raw(sql(
        "UPDATE reservations SET asks = asks + 1, ask_at = asked.again_at, updated_at = $3
         FROM unnest($1, $2) AS asked (order_id, again_at)
         WHERE reservations.order_id = asked.order_id",
        [orders.into(), again_at.into(), now.into()],
    ))
    .await?;
    Ok(())
}

fn uuids(orders: &[OrderId]) -> Vec<Uuid> {
    orders.iter().map(|order| order.uuid()).collect()
}
