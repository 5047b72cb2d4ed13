//! The tables of the schema `analytics`: first what projections write, whole batches with one statement each; then what is
//! asked of them.

pub mod events;
pub mod goods;
pub mod hours;
pub mod orders;
pub mod payments;
pub mod product_days;
pub mod products;

pub mod best_sellers;
pub mod durations;
pub mod funnel;
pub mod sales;
pub mod timeline;

use std::collections::BTreeMap;
use std::future::Future;

use chrono::{DateTime, Utc};
use livemart_contracts::OrderId;
use livemart_contracts::money::Currency;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use uuid::Uuid;

use crate::domain::{Changed, Story};

/// A story and its tables.
pub trait Stored: Story {
    /// Its figures by the hour, and its events.
    const HOURS: &'static str;
    const EVENTS: &'static str;

    /// The stories of `orders` that have begun.
    fn find_in(
        tx: &DatabaseTransaction,
        orders: Vec<Uuid>,
    ) -> impl Future<Output = Result<BTreeMap<OrderId, Self>, DbErr>> + Send;

    fn save_in(tx: &DatabaseTransaction, changed: &[Changed<Self>]) -> impl Future<Output = Result<(), DbErr>> + Send;
}

/// Lets the replicas' batches of one projection commit one after the other.
///
/// They would wait for each other all the same, at the figures of the present hour; having waited before it reads anything,
/// a batch knows everything that it adds to.
pub async fn take_turn_in(tx: &DatabaseTransaction, durable: &str) -> Result<(), DbErr> {
    let statement = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.' || $1))";
    tx.query_one_raw(sql(statement, [durable.into()])).await.map(|_| ())
}

/// How a column that may be null travels in an array, where there is no null.
const NEVER: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// One column of a statement that writes `changed`.
fn column<S, T>(changed: &[Changed<S>], of: impl Fn(&S) -> T) -> Vec<T> {
    changed.iter().map(|changed| of(&changed.after)).collect()
}

/// As [`column()`], with [`NEVER`] for what did not happen.
fn times<S>(changed: &[Changed<S>], of: impl Fn(&S) -> Option<DateTime<Utc>>) -> Vec<DateTime<Utc>> {
    column(changed, |story| of(story).unwrap_or(NEVER))
}

fn ids<S>(changed: &[Changed<S>]) -> Vec<Uuid> {
    changed.iter().map(|changed| changed.order_id.uuid()).collect()
}

/// A column holds what this program never wrote there.
fn corrupt(what: &str) -> DbErr {
    DbErr::Type(format!("the column {what} holds a value that no version of this service writes"))
}

fn currency(code: &str) -> Result<Currency, DbErr> {
    Currency::from_code(code).ok_or_else(|| corrupt("currency"))
}
