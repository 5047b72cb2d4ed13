//! The events of orders, as their followers see them: this service's own from its outbox, those of others from
//! projections, a table for each.

use chrono::{DateTime, Utc};
use livemart_contracts::{Event, EventId, OrderId};
use livemart_messaging::{Delivered, Tables, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, JsonValue};
use uuid::Uuid;

use super::corrupt;
use crate::domain::following::{Mark, Seen};

/// Rows of one answer: of all followers together, a few when something happens, and of each new one its whole story.
pub const AT_MOST: i64 = 4_096;

/// An event of another service.
#[derive(Debug, Clone)]
pub struct Heard {
    order_id: OrderId,
    event_id: EventId,
    subject: &'static str,
    data: String,
    occurred_at: DateTime<Utc>,
}

impl Heard {
    /// `event`, as it came with `delivered`.
    pub fn new<F, E: Event>(delivered: &Delivered<F>, event: &E) -> Self {
        Self {
            order_id: event.order_id().unwrap_or_else(|| unreachable!("{} is no fact of a saga", E::SUBJECT)),
            event_id: delivered.id(),
            subject: E::SUBJECT,
            data: serde_json::json!(event).to_string(),
            occurred_at: delivered.attributes.time,
        }
    }
}

/// A table of [`Heard`] events.
#[derive(Debug, Clone, Copy)]
pub enum Log {
    Payments,
    Stock,
}

impl Log {
    const fn table(self) -> &'static str {
        match self {
            Self::Payments => "payment_events",
            Self::Stock => "stock_events",
        }
    }
}

/// Adds `events` to the stories of their orders, and tells those who follow them; what is there already stays.
pub async fn append_in(tables: &Tables<'_>, log: Log, events: &[Heard]) -> Result<(), DbErr> {
    let statement = format!(
        "INSERT INTO {} (order_id, event_id, subject, data, occurred_at)
         SELECT order_id, event_id, subject, data::jsonb, occurred_at
         FROM unnest($1, $2, $3, $4, $5) AS heard (order_id, event_id, subject, data, occurred_at)
         ORDER BY order_id, event_id
         ON CONFLICT (order_id, event_id) DO NOTHING",
        log.table()
    );
    let orders: Vec<Uuid> = events.iter().map(|event| event.order_id.uuid()).collect();
    let ids: Vec<Uuid> = events.iter().map(|event| event.event_id.uuid()).collect();
    let subjects: Vec<String> = events.iter().map(|event| event.subject.to_owned()).collect();
    let data: Vec<String> = events.iter().map(|event| event.data.clone()).collect();
    let times: Vec<DateTime<Utc>> = events.iter().map(|event| event.occurred_at).collect();
    let values = [orders.into(), ids.into(), subjects.into(), data.into(), times.into()];
    tables.tx().execute_raw(sql(&statement, values)).await?;
    events.iter().for_each(|event| tables.tell(event.order_id.to_string()));
    Ok(())
}

/// Somebody who follows an order, and how far they are.
#[derive(Debug, Clone)]
pub struct Follower {
    pub id: i64,
    pub order_id: OrderId,
    pub seen: Seen,
}

/// An event that a follower has not seen.
#[derive(Debug, Clone)]
pub struct Told {
    pub follower: i64,
    pub mark: Mark,
    pub event_id: EventId,
    pub subject: String,
    pub data: JsonValue,
    pub occurred_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    follower: i64,
    /// Of this service's own.
    place: Option<i64>,
    event_id: Uuid,
    subject: String,
    data: JsonValue,
    occurred_at: DateTime<Utc>,
}

impl TryFrom<Row> for Told {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let event_id = EventId::from(row.event_id);
        let mark = match row.place {
            Some(place) => Mark::Own(u32::try_from(place).map_err(|_| corrupt("place"))?),
            None => Mark::of(event_id),
        };
        Ok(Self {
            follower: row.follower,
            mark,
            event_id,
            subject: row.subject,
            data: row.data,
            occurred_at: row.occurred_at,
        })
    }
}

/// What `followers` have not seen, at most [`AT_MOST`] events, follower by follower: this service's own in their order, those of
/// others among them by time.
pub async fn list_unseen(db: &impl ConnectionTrait, followers: &[Follower]) -> Result<Vec<Told>, DbErr> {
    let rows = Row::find_by_statement(sql(
        "WITH followers AS (
             SELECT * FROM unnest($1, $2, $3, $4, $5) AS followers (follower, order_id, aggregate_id, own, heard)),
         own AS (
             SELECT follower, followers.own AS seen, event_id, subject, payload, created_at,
                    row_number() OVER (PARTITION BY follower ORDER BY position) AS place
             FROM followers JOIN outbox USING (aggregate_id)),
         heard AS (
             SELECT order_id, event_id, subject, data, occurred_at FROM payment_events
             UNION ALL
             SELECT order_id, event_id, subject, data, occurred_at FROM stock_events),
         unseen AS (
             SELECT follower, place, event_id, subject, payload::jsonb AS data, created_at AS occurred_at
             FROM own WHERE place > seen
             UNION ALL
             SELECT follower, NULL, event_id, subject, data, occurred_at
             FROM followers JOIN heard USING (order_id)
             WHERE right(event_id::text, $6) <> ALL (string_to_array(followers.heard, '.')))
         SELECT * FROM unseen
         ORDER BY follower,
                  max(occurred_at) OVER (PARTITION BY follower, place IS NULL ORDER BY place, occurred_at, event_id),
                  place, event_id
         LIMIT $7",
        [
            followers.iter().map(|one| one.id).collect::<Vec<i64>>().into(),
            followers.iter().map(|one| one.order_id.uuid()).collect::<Vec<Uuid>>().into(),
            followers.iter().map(|one| one.order_id.to_string()).collect::<Vec<String>>().into(),
            followers.iter().map(|one| i64::from(one.seen.own())).collect::<Vec<i64>>().into(),
            followers.iter().map(|one| one.seen.heard()).collect::<Vec<String>>().into(),
            i32::from(Mark::DIGITS).into(),
            AT_MOST.into(),
        ],
    ))
    .all(db)
    .await?;
    rows.into_iter().map(Told::try_from).collect()
}
