//! Every event of an order, for its timeline. The same for three tables, one for each projection.

use chrono::{DateTime, Utc};
use livemart_contracts::Facts;
use livemart_messaging::{Delivered, sql};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use uuid::Uuid;

/// Adds the events of `batch`, each about an order, to `table`.
pub async fn insert_in<F: Facts>(
    tx: &DatabaseTransaction,
    table: &'static str,
    batch: &[Delivered<F>],
) -> Result<(), DbErr> {
    let orders: Vec<Uuid> = batch.iter().filter_map(|event| event.fact.order().map(|order| order.uuid())).collect();
    let ids: Vec<Uuid> = batch.iter().map(|event| event.id().uuid()).collect();
    let subjects: Vec<String> = batch.iter().map(|event| event.fact.subject().to_owned()).collect();
    let times: Vec<DateTime<Utc>> = batch.iter().map(|event| event.attributes.time).collect();
    let causes: Vec<Uuid> =
        batch.iter().map(|event| event.attributes.cause.map_or(Uuid::nil(), |cause| cause.uuid())).collect();
    let text = format!(
        "INSERT INTO {table} (order_id, event_id, subject, at, cause_id)
         SELECT order_id, event_id, subject, at, nullif(cause_id, '00000000-0000-0000-0000-000000000000')
         FROM unnest($1, $2, $3, $4, $5) AS told (order_id, event_id, subject, at, cause_id)
         ON CONFLICT DO NOTHING"
    );
    tx.execute_raw(sql(&text, [orders.into(), ids.into(), subjects.into(), times.into(), causes.into()])).await?;
    Ok(())
}
