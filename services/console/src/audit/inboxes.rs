//! Inboxes beside what their consumers had to read: for every event that was published, every durable that reads its
//! subject has decided.

use std::collections::BTreeMap;

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
    durable: String,
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
    let mut readers = BTreeMap::<&str, Vec<_>>::new();
    for durable in &durables {
        let service = durable.0.split('-').next().unwrap_or_default();
        readers.entry(schema_of(service)?).or_default().push(durable);
    }
    let mut violations = Vec::new();
    for (reader, durables) in readers {
        let unread = unread(stream, reader, &durables, database, now).await?;
        violations.extend(unread.into_iter().map(|Unread { durable, event_id, subject, order_id, together }| {
            let order: Option<OrderId> = order_id.and_then(|order| order.parse().ok());
            let more = if together > NAMED { format!(" (one of {together})") } else { String::new() };
            let seen = format!("{durable} has not decided about {subject} {}{more}", EventId::from(event_id));
            Violation::about(order, rules::REACHED, seen)
        }));
    }
    Ok((durables.len(), violations))
}

/// What was published for these durables of one schema, long enough ago, and is not in its inbox: for all of them at once, for
/// an outbox is long.
async fn unread(
    stream: Stream,
    reader: &str,
    durables: &[&(String, Vec<String>)],
    database: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Vec<Unread>> {
    let owner = schema_of(stream.publisher())?;
    let reads = durables.iter().flat_map(|(durable, subjects)| subjects.iter().map(move |subject| (durable, subject)));
    let (names, subjects): (Vec<&String>, Vec<&String>) = reads.unzip();
    // The names of the schemas are ours.
    let text = format!(
        "SELECT durable, event_id, subject, headers ->> 'ce-correlationid' AS order_id, together
         FROM (SELECT durable, event_id, subject, headers, count(*) OVER (PARTITION BY durable) AS together,
                      row_number() OVER (PARTITION BY durable ORDER BY position) AS place
               FROM {owner}.outbox AS announced
               JOIN unnest($1::text[], $2::text[]) AS reads (durable, read) ON read = subject
               WHERE published_at > $3 AND published_at <= $4
                 AND NOT EXISTS (SELECT FROM {reader}.inbox AS decided
                                 WHERE decided.consumer = durable AND decided.event_id = announced.event_id)) AS unread
         WHERE place <= $5 ORDER BY durable, place"
    );
    let unread = sqlx::query_as(AssertSqlSafe(text))
        .bind(names)
        .bind(subjects)
        .bind(now - stream.max_age() + NEARLY_EXPIRED)
        .bind(quiet_since(now))
        .bind(NAMED);
    unread.fetch_all(database).await.with_context(|| format!("compare the inboxes of {reader} with {owner}.outbox"))
}
