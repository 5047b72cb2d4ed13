//! Inboxes beside what their consumers had to read: for every event that was published, every durable that reads its
//! subject has decided.

use anyhow::{Context as _, Result};
use async_nats::jetstream;
use chrono::{DateTime, TimeDelta, Utc};
use livemart_audit::{Violation, quiet_since, rules};
use livemart_contracts::{EventId, OrderId, Stream};
use livemart_migrations::schema_of;
use sqlx::{AssertSqlSafe, FromRow, PgConnection};
use uuid::Uuid;

use crate::{rebuild, scan};

/// Events named for each durable; the rest is only counted.
const NAMED: i64 = 20;

/// Events may expire while they are looked at.
const NEARLY_EXPIRED: TimeDelta = TimeDelta::hours(1);

#[derive(FromRow)]
struct Unread {
    event_id: Uuid,
    subject: String,
    order_id: Option<String>,
    /// Over all that this durable has not read.
    together: i64,
}

/// How many durables of `stream` were looked at, and what did not reach them.
pub(super) async fn violations(
    stream: Stream,
    jetstream: &jetstream::Context,
    database: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<(usize, Vec<Violation>)> {
    // Where the stream is gone, that is said already.
    let Some(source) = rebuild::find(stream, jetstream).await? else { return Ok((0, Vec::new())) };
    let durables = scan::durables(&source).await?;
    let mut violations = Vec::new();
    for (durable, subjects) in &durables {
        let unread = unread(stream, durable, subjects, database, now).await?;
        let together = unread.first().map_or(0, |first| first.together);
        violations.extend(unread.into_iter().map(|Unread { event_id, subject, order_id, .. }| {
            let order: Option<OrderId> = order_id.and_then(|order| order.parse().ok());
            let more = if together > NAMED { format!(" (one of {together})") } else { String::new() };
            let seen = format!("{durable} has not decided about {subject} {}{more}", EventId::from(event_id));
            Violation::about(order, rules::REACHED, seen)
        }));
    }
    Ok((durables.len(), violations))
}

/// What was published for `durable`, long enough ago, and is not in its inbox.
async fn unread(
    stream: Stream,
    durable: &str,
    subjects: &[String],
    database: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Vec<Unread>> {
    let reader = schema_of(durable.split('-').next().unwrap_or(durable))?;
    let owner = schema_of(stream.publisher())?;
    // The names of the schemas are ours.
    let text = format!(
        "SELECT event_id, subject, headers ->> 'ce-correlationid' AS order_id, count(*) OVER () AS together
         FROM {owner}.outbox AS announced
         WHERE subject = ANY ($1) AND published_at > $2 AND published_at <= $3
           AND NOT EXISTS (SELECT FROM {reader}.inbox AS decided
                           WHERE decided.consumer = $4 AND decided.event_id = announced.event_id)
         ORDER BY position LIMIT $5"
    );
    let unread = sqlx::query_as(AssertSqlSafe(text))
        .bind(subjects)
        .bind(now - stream.max_age() + NEARLY_EXPIRED)
        .bind(quiet_since(now))
        .bind(durable)
        .bind(NAMED);
    unread.fetch_all(database).await.with_context(|| format!("compare the inbox of {durable} with {owner}.outbox"))
}
