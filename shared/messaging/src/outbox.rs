//! The outbox: what a service announced, in the transaction in which it became true.
//!
//! Rows stay after they are published, longer than the stream keeps its messages: a lost stream is rebuilt from them.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::envelope::Draft;
use crate::store::sql;

/// Writes `drafts` in one statement, in their order: `position` grows with it.
pub(crate) async fn insert_in(tx: &impl ConnectionTrait, drafts: &[Draft], now: DateTime<Utc>) -> Result<(), DbErr> {
    if drafts.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&Draft) -> String| drafts.iter().map(of).collect::<Vec<String>>();
    let ids: Vec<Uuid> = drafts.iter().map(|draft| draft.id.uuid()).collect();
    tx.execute_raw(sql(
        "INSERT INTO outbox (event_id, aggregate_id, subject, headers, payload, created_at)
         SELECT event_id, aggregate_id, subject, headers::json, payload::json, $6
         FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY
           AS drafts (event_id, aggregate_id, subject, headers, payload, place)
         ORDER BY place",
        [
            ids.into(),
            column(|draft| draft.aggregate_id.clone()).into(),
            column(|draft| draft.subject.to_owned()).into(),
            column(|draft| draft.headers.clone()).into(),
            column(|draft| draft.payload.clone()).into(),
            now.into(),
        ],
    ))
    .await?;
    Ok(())
}
