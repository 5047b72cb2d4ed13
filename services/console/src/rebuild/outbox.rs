//! The outbox of a stream's owner, as the operator sees it.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use chrono::{DateTime, Utc};
use livemart_contracts::Stream;
use livemart_migrations::schema_of;
use sqlx::{Connection as _, PgConnection};
use tokio::time::Instant;

use crate::terminal::Counter;

/// Between two looks at how far the relay is.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
/// A relay that lost its broker tries again within ten seconds; one that does nothing for this long does not run.
const STALLED: Duration = Duration::from_secs(30);

pub(super) struct Outbox {
    pub(super) stream: Stream,
    /// In the schema of the owner.
    pub(super) database: PgConnection,
}

/// Makes the schema of the stream's owner the one that `database` works in.
pub(super) async fn enter(stream: Stream, database: &mut PgConnection) -> Result<()> {
    let schema = schema_of(stream.publisher())?;
    let enter = sqlx::query("SELECT set_config('search_path', $1, false)").bind(schema);
    enter.execute(&mut *database).await?;
    let migrated = sqlx::query("SELECT FROM relay_state").execute(database).await;
    migrated.with_context(|| format!("the schema {schema} is not up to date: run `livemart migrate`"))?;
    Ok(())
}

impl Outbox {
    pub(super) async fn open(stream: Stream, mut database: PgConnection) -> Result<Self> {
        enter(stream, &mut database).await?;
        Ok(Self { stream, database })
    }

    /// The rows of `expected` that are not in `found`: see [`super::comparison`].
    pub(super) async fn unmark_missing(&mut self) -> Result<u64> {
        let unmarked = sqlx::query(
            "UPDATE outbox SET published_at = NULL, stream_sequence = NULL
             WHERE published_at IS NOT NULL AND event_id IN (
                 SELECT event_id FROM expected
                 WHERE NOT EXISTS (SELECT FROM found WHERE found.event_id = expected.event_id))",
        );
        Ok(unmarked.execute(&mut self.database).await?.rows_affected())
    }

    /// Everything that the stream would still hold. A relay that noticed before us that its stream is another one has done
    /// so already, and then it is left alone.
    pub(super) async fn unmark_all(&mut self, created_ns: i128, now: DateTime<Utc>) -> Result<()> {
        let microseconds = i64::try_from(created_ns / 1_000).context("the stream's age is not known")?;
        let created = DateTime::from_timestamp_micros(microseconds).context("the stream's age is not known")?;
        let mut tx = self.database.begin().await?;
        let told = sqlx::query(
            "UPDATE relay_state SET stream_created_at = $1, last_sequence = 0, gaps = 0
             WHERE stream_created_at IS DISTINCT FROM $1",
        );
        if told.bind(created).execute(&mut *tx).await?.rows_affected() > 0 {
            sqlx::query("UPDATE outbox SET published_at = NULL, stream_sequence = NULL WHERE published_at >= $1")
                .bind(now - self.stream.max_age())
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn published(&mut self) -> Result<()> {
        let last: Option<i64> =
            sqlx::query_scalar("SELECT max(position) FROM outbox").fetch_one(&mut self.database).await?;
        let all = self.waiting(last).await?;
        let mut counter = Counter::new("announced again", all);
        let (mut before, mut since) = (all, Instant::now());
        loop {
            let waiting = self.waiting(last).await?;
            counter.show(all.saturating_sub(waiting));
            if waiting == 0 {
                return Ok(());
            }
            if waiting < before {
                (before, since) = (waiting, Instant::now());
            } else if since.elapsed() >= STALLED {
                let service = self.stream.publisher();
                bail!(
                    "{waiting} events wait in the outbox and none was published for {} s: does the service {service} run \
                     (`livemart status`, `livemart logs {service}`)? It publishes them when it does; then run this again",
                    STALLED.as_secs()
                );
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// How many up to `last` are not published.
    async fn waiting(&mut self, last: Option<i64>) -> Result<usize> {
        let waiting = sqlx::query_scalar("SELECT count(*) FROM outbox WHERE published_at IS NULL AND position <= $1");
        let waiting: i64 = waiting.bind(last).fetch_one(&mut self.database).await?;
        Ok(usize::try_from(waiting)?)
    }
}
