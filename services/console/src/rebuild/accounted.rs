//! What a stream holds without a look at it.
//!
//! A stream only grows at its end, no message of it is ever replaced, and the outbox keeps under which sequence the server
//! stored each event. So where the first messages of a stream are as many as their sequences say, none deleted among them, and
//! the outbox has exactly one event for each of these sequences, then these events are in the stream and nothing else is. It
//! holds as far as the first sequence that no event has, or two have: of a stream that lost its end and went on, two have
//! one.

use std::ops::Range;

use anyhow::{Context as _, Result};
use async_nats::jetstream::stream;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Sequences, from the first of the stream on, that the outbox accounts for.
pub(super) struct Accounted {
    pub(super) sequences: Range<i64>,
    /// What was stored before was stored in another stream, under the same sequences.
    pub(super) since: DateTime<Utc>,
}

impl Accounted {
    pub(super) fn nothing() -> Self {
        Self { sequences: 0..0, since: DateTime::UNIX_EPOCH }
    }

    /// As many as possible of `stream`, by the outbox of the schema that `database` is in.
    pub(super) async fn by_outbox(stream: &mut stream::Stream, database: &mut PgConnection) -> Result<Self> {
        let info = stream.info().await.context("ask how long a stream is")?;
        if info.state.messages == 0 || info.state.deleted_count.unwrap_or_default() > 0 {
            return Ok(Self::nothing());
        }
        let (first, last) = (i64::try_from(info.state.first_sequence)?, i64::try_from(info.state.last_sequence)?);
        let since = DateTime::from_timestamp(info.created.unix_timestamp(), info.created.nanosecond());
        let since = since.context("the stream's age is not known")?;
        // The sequence that the n-th event should have is the n-th of the stream.
        let next = sqlx::query_scalar(
            "SELECT coalesce(min(least(stream_sequence, $1 + place - 1)) FILTER (WHERE stream_sequence <> $1 + place - 1),
                             $1 + count(*))
             FROM (SELECT stream_sequence, row_number() OVER (ORDER BY stream_sequence) AS place FROM outbox
                   WHERE stream_sequence BETWEEN $1 AND $2 AND published_at >= $3) AS stored",
        );
        let next: i64 = next.bind(first).bind(last).bind(since).fetch_one(database).await?;
        Ok(Self { sequences: first..next, since })
    }

    /// How many.
    pub(super) fn messages(&self) -> u64 {
        u64::try_from(self.sequences.end - self.sequences.start).unwrap_or_default()
    }
}
