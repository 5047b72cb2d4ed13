//! A dead letter that a person gave up on, too: its consumer's inbox says so from then on.
//!
//! Otherwise the message would be missing there for ever, and nobody could tell it from one that was lost.

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};
use livemart_contracts::EventId;
use livemart_messaging::dead_letter::DISCARDED;
use livemart_migrations::schema_of;
use sqlx::{AssertSqlSafe, PgConnection};

use super::DeadLetter;

/// Records that nobody will deal with `letter`, and says whether that could be noted: what has no event's id, and so was never an
/// event, has no place in an inbox.
pub(crate) async fn record(database: &mut PgConnection, letter: &DeadLetter, now: DateTime<Utc>) -> Result<bool> {
    let Ok(event) = letter.event_id.parse::<EventId>() else { return Ok(false) };
    let schema = schema_of(letter.consumer.split('-').next().unwrap_or_default())?;
    // The name of the schema is ours.
    let text = format!(
        "INSERT INTO {schema}.inbox (consumer, event_id, decision, reason, decided_at)
         VALUES ($1, $2, 'ignored', $3, $4) ON CONFLICT DO NOTHING"
    );
    let recorded = sqlx::query(AssertSqlSafe(text)).bind(&letter.consumer).bind(event.uuid()).bind(DISCARDED).bind(now);
    recorded.execute(database).await.with_context(|| format!("note in the inbox of {}", letter.consumer))?;
    Ok(true)
}
