//! A stream beside its outbox, event by event.
//!
//! Both sides go into temporary tables of the session, so that millions of events need no memory here.

use anyhow::Result;
use async_nats::jetstream::{self, stream};
use chrono::{DateTime, TimeDelta, Utc};
use livemart_contracts::{EventId, Stream};
use livemart_messaging::envelope::CE_ID;
use serde::Serialize;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::accounted::Accounted;
use crate::scan::direct::{self, Stored};

/// What is about to expire may do so while the stream is read, or have been marked some time after it was stored.
const NEARLY_EXPIRED: TimeDelta = TimeDelta::hours(1);

/// Missing events and strangers that are named; more of them are only counted.
const NAMED: i64 = 10;

/// `--json` prints it; programs rely on every name in it.
#[derive(Debug, Serialize)]
pub(crate) struct Comparison {
    pub(crate) subjects: Vec<Line>,
    /// Of the events that are not in the stream, the first few.
    pub(crate) missing: Vec<EventId>,
    /// Of the messages that the outbox does not know, the stream sequences of the first few.
    pub(crate) strangers: Vec<i64>,
}

/// One subject.
#[derive(Debug, Serialize, FromRow)]
pub(crate) struct Line {
    pub(crate) subject: String,
    pub(crate) in_outbox: i64,
    pub(crate) in_stream: i64,
    pub(crate) missing: i64,
    pub(crate) strangers: i64,
    /// Stored a second time, after the stream had forgotten the id. Consumers drop it.
    pub(crate) again: i64,
}

impl Comparison {
    /// All subjects as one.
    pub(crate) fn total(&self) -> Line {
        let sum = |of: fn(&Line) -> i64| self.subjects.iter().map(of).sum();
        Line {
            subject: "together".to_owned(),
            in_outbox: sum(|line| line.in_outbox),
            in_stream: sum(|line| line.in_stream),
            missing: sum(|line| line.missing),
            strangers: sum(|line| line.strangers),
            again: sum(|line| line.again),
        }
    }

    pub(crate) fn agrees(&self) -> bool {
        let total = self.total();
        total.missing == 0 && total.strangers == 0
    }
}

/// A message as it is noted. One without a readable id can only be a stranger.
struct Found {
    event_id: Option<Uuid>,
    subject: String,
    sequence: i64,
}

fn found(message: &Stored) -> Option<Found> {
    let id = message.headers.get(CE_ID).and_then(|id| id.as_str().parse::<EventId>().ok());
    let sequence = i64::try_from(message.sequence).ok()?;
    Some(Found { event_id: id.map(|id| id.uuid()), subject: message.subject.clone(), sequence })
}

/// Compares `stream`, but for what is `accounted` for, with the outbox of the schema that `database` is in. Leaves the tables `expected` and `found` behind,
/// for what is to be done about the difference.
pub(super) async fn compare(
    of: Stream,
    accounted: &Accounted,
    stream: &stream::Stream,
    jetstream: &jetstream::Context,
    database: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Comparison> {
    expect(of, accounted, database, now).await?;
    let from = u64::try_from(accounted.sequences.end)?;
    direct::read_into(stream, jetstream, from, found, async |batch| note(database, batch).await).await?;
    // Published since, or about to expire: in both, and nobody asked.
    let unasked = "DELETE FROM found USING outbox
                   WHERE found.event_id = outbox.event_id
                     AND NOT EXISTS (SELECT FROM expected WHERE expected.event_id = found.event_id)";
    sqlx::query(unasked).execute(&mut *database).await?;
    summary(database).await
}

/// Fixes what is to be in the stream before the stream is read: all of it was there then.
async fn expect(of: Stream, accounted: &Accounted, database: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    for statement in [
        "DROP TABLE IF EXISTS pg_temp.expected, pg_temp.found",
        "CREATE TEMPORARY TABLE expected (event_id uuid PRIMARY KEY, position bigint NOT NULL, subject text NOT NULL)",
        "CREATE TEMPORARY TABLE found (event_id uuid, subject text NOT NULL, sequence bigint NOT NULL)",
    ] {
        sqlx::query(statement).execute(&mut *database).await?;
    }
    let expected = sqlx::query(
        "INSERT INTO expected SELECT event_id, position, subject FROM outbox
         WHERE published_at >= $1
           AND (stream_sequence >= $2 AND stream_sequence < $3 AND published_at >= $4) IS NOT TRUE",
    );
    let expected = expected
        .bind(now - of.max_age() + NEARLY_EXPIRED)
        .bind(accounted.sequences.start)
        .bind(accounted.sequences.end)
        .bind(accounted.since);
    expected.execute(&mut *database).await?;
    Ok(())
}

async fn note(database: &mut PgConnection, batch: Vec<Found>) -> Result<()> {
    let ids: Vec<Option<Uuid>> = batch.iter().map(|found| found.event_id).collect();
    let sequences: Vec<i64> = batch.iter().map(|found| found.sequence).collect();
    let subjects: Vec<String> = batch.into_iter().map(|found| found.subject).collect();
    sqlx::query("INSERT INTO found SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])")
        .bind(ids)
        .bind(subjects)
        .bind(sequences)
        .execute(&mut *database)
        .await?;
    Ok(())
}

async fn summary(database: &mut PgConnection) -> Result<Comparison> {
    for statement in ["CREATE INDEX ON found (event_id)", "ANALYZE expected", "ANALYZE found"] {
        sqlx::query(statement).execute(&mut *database).await?;
    }
    let subjects = sqlx::query_as(
        "SELECT coalesce(expected.subject, found.subject) AS subject,
                count(DISTINCT expected.event_id) AS in_outbox,
                count(found.sequence) AS in_stream,
                count(*) FILTER (WHERE found.sequence IS NULL) AS missing,
                count(*) FILTER (WHERE expected.event_id IS NULL) AS strangers,
                count(expected.event_id) - count(DISTINCT expected.event_id) AS again
         FROM expected FULL JOIN found ON found.event_id = expected.event_id
         GROUP BY 1 ORDER BY 1",
    );
    let subjects = subjects.fetch_all(&mut *database).await?;
    let missing = sqlx::query_scalar(
        "SELECT event_id FROM expected
         WHERE NOT EXISTS (SELECT FROM found WHERE found.event_id = expected.event_id)
         ORDER BY position LIMIT $1",
    );
    let missing: Vec<Uuid> = missing.bind(NAMED).fetch_all(&mut *database).await?;
    let strangers = sqlx::query_scalar(
        "SELECT sequence FROM found
         WHERE NOT EXISTS (SELECT FROM expected WHERE expected.event_id = found.event_id)
         ORDER BY sequence LIMIT $1",
    );
    let strangers = strangers.bind(NAMED).fetch_all(&mut *database).await?;
    Ok(Comparison { subjects, missing: missing.into_iter().map(EventId::from).collect(), strangers })
}
