//! The events of orders, as their followers see them: this service's own from its outbox, those of others from
//! projections, a table for each.

use chrono::{DateTime, Utc};
use livemart_contracts::{Event, EventId, OrderId};
use livemart_messaging::{Delivered, Tables, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, JsonValue};
use uuid::Uuid;

use super::corrupt;
use crate::domain::following::{Seen, Source};

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

/// Adds `events` to the stories of their orders, and tells those who follow them; what is there already stays in its place. Of two replicas that add to one
/// story at once, one fails and is to try again: a place is given once, and the next one after it.
pub async fn append_in(tables: &Tables<'_>, log: Log, events: &[Heard]) -> Result<(), DbErr> {
    let table = log.table();
    let statement = format!(
        "INSERT INTO {table} (order_id, place, event_id, subject, data, occurred_at)
         SELECT order_id,
                coalesce((SELECT max(place) FROM {table} AS known WHERE known.order_id = heard.order_id), 0)
                  + row_number() OVER (PARTITION BY order_id ORDER BY turn),
                event_id, subject, data::jsonb, occurred_at
         FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY
           AS heard (order_id, event_id, subject, data, occurred_at, turn)
         WHERE NOT EXISTS (SELECT FROM {table} AS known WHERE known.event_id = heard.event_id)
         ORDER BY order_id, turn"
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
#[derive(Debug, Clone, Copy)]
pub struct Follower {
    pub id: i64,
    pub order_id: OrderId,
    pub seen: Seen,
}

/// An event that a follower has not seen.
#[derive(Debug, Clone)]
pub struct Told {
    pub follower: i64,
    pub source: Source,
    pub place: u32,
    pub event_id: EventId,
    pub subject: String,
    pub data: JsonValue,
    pub occurred_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    follower: i64,
    source: String,
    place: i64,
    event_id: Uuid,
    subject: String,
    data: JsonValue,
    occurred_at: DateTime<Utc>,
}

impl TryFrom<Row> for Told {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let source = Source::ALL.into_iter().find(|source| source.as_str() == row.source);
        Ok(Self {
            follower: row.follower,
            source: source.ok_or_else(|| corrupt("source"))?,
            place: u32::try_from(row.place).map_err(|_| corrupt("place"))?,
            event_id: row.event_id.into(),
            subject: row.subject,
            data: row.data,
            occurred_at: row.occurred_at,
        })
    }
}

/// What `followers` have not seen, at most [`AT_MOST`] events, follower by follower: those of one source in their places,
/// the sources merged by time.
pub async fn list_unseen(db: &impl ConnectionTrait, followers: &[Follower]) -> Result<Vec<Told>, DbErr> {
    let counts = |source| followers.iter().map(|one| i64::from(one.seen.of(source))).collect::<Vec<i64>>();
    let rows = Row::find_by_statement(sql(
        "WITH followers AS (
             SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
               AS followers (follower, order_id, aggregate_id, of_order, of_payment, of_stock)),
         own AS (
             SELECT follower, of_order, event_id, subject, payload, created_at,
                    row_number() OVER (PARTITION BY follower ORDER BY position) AS place
             FROM followers JOIN outbox USING (aggregate_id)),
         unseen AS (
             SELECT follower, 'order' AS source, place, event_id, subject, payload::jsonb AS data, created_at AS occurred_at
             FROM own WHERE place > of_order
             UNION ALL
             SELECT follower, 'payment', place, event_id, subject, data, occurred_at
             FROM followers JOIN payment_events USING (order_id) WHERE place > of_payment
             UNION ALL
             SELECT follower, 'stock', place, event_id, subject, data, occurred_at
             FROM followers JOIN stock_events USING (order_id) WHERE place > of_stock)
         SELECT * FROM unseen
         ORDER BY follower, max(occurred_at) OVER (PARTITION BY follower, source ORDER BY place), source, place
         LIMIT $7",
        [
            followers.iter().map(|one| one.id).collect::<Vec<i64>>().into(),
            followers.iter().map(|one| one.order_id.uuid()).collect::<Vec<Uuid>>().into(),
            followers.iter().map(|one| one.order_id.to_string()).collect::<Vec<String>>().into(),
            counts(Source::Order).into(),
            counts(Source::Payment).into(),
            counts(Source::Stock).into(),
            AT_MOST.into(),
        ],
    ))
    .all(db)
    .await?;
    rows.into_iter().map(Told::try_from).collect()
}
