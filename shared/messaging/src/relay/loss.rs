//! Notices that the stream lost events that it had acknowledged, and has them announced again.
//!
//! The broker itself says nothing of a damaged file or a lost disk: it comes back with a shorter stream, or with none. But
//! the outbox knows what was stored. What is gone loses its mark, and the relay publishes it again under its old id; an
//! inbox that has seen it drops it.
//!
//! What cannot be seen here, because a stream's state does not show it: a message whose payload was damaged, which the
//! broker counts and yet does not deliver, and a purge, which looks like expiry. `livemart rebuild-stream` compares event
//! by event and finds both.

use std::fmt;

use async_nats::jetstream;
use async_nats::jetstream::stream::Info;
use chrono::{DateTime, Utc};
use livemart_contracts::Stream;
use sqlx::{Connection, PgConnection, PgTransaction};

use super::RelayError;
use super::marking::number;
use crate::metrics;

/// What is remembered of the stream: the row of `relay_state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
struct Known {
    #[sqlx(rename = "stream_created_at")]
    created: Option<DateTime<Utc>>,
    last_sequence: i64,
    gaps: i64,
}

/// What the stream says of itself.
#[derive(Debug, Clone, Copy)]
struct Seen {
    created: DateTime<Utc>,
    last_sequence: i64,
    /// Sequences between its first and last message that have none. Where messages may be deleted, nothing is meant by it.
    gaps: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// Another stream of the same name: all that was in the first one is gone.
    Recreated { was: DateTime<Utc>, is: DateTime<Utc> },
    /// Everything from this sequence on is gone.
    Truncated { from: i64 },
    /// Messages in its middle are gone.
    Gaps { more: i64 },
}

impl Loss {
    pub(super) const KINDS: [&str; 3] = ["recreated", "truncated", "gaps"];

    fn kind(self) -> &'static str {
        match self {
            Self::Recreated { .. } => "recreated",
            Self::Truncated { .. } => "truncated",
            Self::Gaps { .. } => "gaps",
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recreated { was, is } => write!(formatter, "it was created at {is}, the one before at {was}"),
            Self::Truncated { from } => write!(formatter, "everything from its sequence {from} on"),
            Self::Gaps { more } => write!(formatter, "{more} messages from its middle"),
        }
    }
}

/// What was unmarked.
#[derive(Debug, sqlx::FromRow)]
struct Unmarked {
    events: i64,
    first_position: Option<i64>,
    last_position: Option<i64>,
}

/// Compares the stream with what is remembered of it, and unmarks what it lost. `reused_from` is the first sequence that
/// the stream was caught giving out a second time.
pub(super) async fn inspect(
    session: &mut PgConnection,
    jetstream: &jetstream::Context,
    stream: Stream,
    now: DateTime<Utc>,
    reused_from: Option<i64>,
) -> Result<(), RelayError> {
    // Locked before the stream is asked: whoever creates the stream anew says so here, and is not to be taken for a loss.
    let mut tx = session.begin().await?;
    let known =
        sqlx::query_as("SELECT stream_created_at, last_sequence, gaps FROM relay_state WHERE only_row FOR UPDATE");
    let known: Known = known.fetch_one(&mut *tx).await?;
    let broker = |error: &dyn fmt::Display| RelayError::stream(stream, error);
    let handle = jetstream.get_stream(stream.name()).await.map_err(|error| broker(&error))?;
    let seen = Seen::of(handle.cached_info());

    let loss = judge(known, seen, reused_from);
    if let Some(loss) = loss {
        let since = now - stream.max_age();
        let unmarked = match loss {
            Loss::Recreated { .. } => unmark_from(&mut tx, since, 0).await?,
            Loss::Truncated { from } => unmark_from(&mut tx, since, from).await?,
            Loss::Gaps { .. } => {
                let info = handle.info_builder().with_deleted(true).fetch().await.map_err(|error| broker(&error))?;
                let empty = info.info.state.deleted.unwrap_or_default().into_iter().map(number).collect();
                unmark_at(&mut tx, since, empty).await?
            }
        };
        metrics::LOSSES.with_label_values(&[loss.kind()]).inc();
        tracing::error!(
            stream = stream.name(),
            %loss,
            events = unmarked.events,
            first_position = unmarked.first_position,
            last_position = unmarked.last_position,
            "the stream lost events that it had acknowledged; they are announced again from the outbox"
        );
    }
    let known_now = known.after(seen, loss);
    if known_now != known {
        sqlx::query("UPDATE relay_state SET stream_created_at = $1, last_sequence = $2, gaps = $3 WHERE only_row")
            .bind(known_now.created)
            .bind(known_now.last_sequence)
            .bind(known_now.gaps)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

impl Seen {
    fn of(info: &Info) -> Self {
        let state = &info.state;
        let complete = info.config.deny_delete && !info.config.allow_message_ttl;
        // The first sequence of an empty stream is one past its last, or zero.
        let span = if state.messages == 0 { 0 } else { state.last_sequence + 1 - state.first_sequence };
        Self {
            // To the microsecond, as Postgres keeps it: what was read back must equal what is read again.
            created: DateTime::from_timestamp_nanos(
                i64::try_from(info.created.unix_timestamp_nanos() / 1_000 * 1_000).unwrap_or(i64::MAX),
            ),
            last_sequence: number(state.last_sequence),
            gaps: complete.then(|| number(span.saturating_sub(state.messages))),
        }
    }
}

impl Known {
    fn after(self, seen: Seen, loss: Option<Loss>) -> Self {
        let last_sequence = match loss {
            Some(Loss::Recreated { .. }) => 0,
            Some(Loss::Truncated { from }) => from - 1,
            Some(Loss::Gaps { .. }) | None => self.last_sequence,
        };
        // After another loss, gaps are for the next look: their events have to be unmarked too.
        let gaps = match (loss, seen.gaps) {
            (Some(Loss::Recreated { .. }), _) => 0,
            (Some(Loss::Truncated { .. }), _) | (_, None) => self.gaps,
            (_, Some(gaps)) => gaps,
        };
        Self { created: Some(seen.created), last_sequence, gaps }
    }
}

fn judge(known: Known, seen: Seen, reused_from: Option<i64>) -> Option<Loss> {
    if let Some(was) = known.created.filter(|was| *was != seen.created) {
        return Some(Loss::Recreated { was, is: seen.created });
    }
    if let Some(from) = reused_from {
        return Some(Loss::Truncated { from });
    }
    if seen.last_sequence < known.last_sequence {
        return Some(Loss::Truncated { from: seen.last_sequence + 1 });
    }
    let more = seen.gaps.unwrap_or_default() - known.gaps;
    (more > 0).then_some(Loss::Gaps { more })
}

/// Unmarks what was stored at `from` and after it. What the stream has let expire by now (`since`) is not missed; its rows
/// may hold sequences of an earlier stream.
async fn unmark_from(tx: &mut PgTransaction<'_>, since: DateTime<Utc>, from: i64) -> Result<Unmarked, sqlx::Error> {
    sqlx::query_as(
        "WITH unmarked AS (
             UPDATE outbox SET published_at = NULL, stream_sequence = NULL
             WHERE published_at >= $1 AND stream_sequence >= $2 RETURNING position)
         SELECT count(*) AS events, min(position) AS first_position, max(position) AS last_position FROM unmarked",
    )
    .bind(since)
    .bind(from)
    .fetch_one(&mut **tx)
    .await
}

async fn unmark_at(tx: &mut PgTransaction<'_>, since: DateTime<Utc>, at: Vec<i64>) -> Result<Unmarked, sqlx::Error> {
    sqlx::query_as(
        "WITH unmarked AS (
             UPDATE outbox SET published_at = NULL, stream_sequence = NULL
             WHERE published_at >= $1 AND stream_sequence = ANY ($2) RETURNING position)
         SELECT count(*) AS events, min(position) AS first_position, max(position) AS last_position FROM unmarked",
    )
    .bind(since)
    .bind(at)
    .fetch_one(&mut **tx)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("a time")
    }

    const KNOWN: Known = Known { created: None, last_sequence: 100, gaps: 2 };

    fn known() -> Known {
        Known { created: Some(at(1)), ..KNOWN }
    }

    fn seen() -> Seen {
        Seen { created: at(1), last_sequence: 100, gaps: Some(2) }
    }

    #[test]
    fn a_stream_that_only_grew_lost_nothing() {
        let grown = Seen { last_sequence: 120, ..seen() };
        assert_eq!(judge(known(), grown, None), None);
        assert_eq!(known().after(grown, None), known());
    }

    #[test]
    fn a_stream_that_is_seen_for_the_first_time_is_remembered() {
        assert_eq!(judge(KNOWN, seen(), None), None);
        assert_eq!(KNOWN.after(seen(), None), known());
    }

    #[test]
    fn another_creation_time_is_another_stream_whatever_else_it_shows() {
        let other = Seen { created: at(2), last_sequence: 500, gaps: Some(0) };
        let loss = judge(known(), other, Some(7));
        assert_eq!(loss, Some(Loss::Recreated { was: at(1), is: at(2) }));
        assert_eq!(known().after(other, loss), Known { created: Some(at(2)), last_sequence: 0, gaps: 0 });
    }

    #[test]
    fn a_last_sequence_that_went_back_is_a_lost_end() {
        let shorter = Seen { last_sequence: 60, ..seen() };
        let loss = judge(known(), shorter, None);
        assert_eq!(loss, Some(Loss::Truncated { from: 61 }));
        assert_eq!(known().after(shorter, loss).last_sequence, 60);
    }

    #[test]
    fn a_sequence_given_out_twice_is_a_lost_end_even_when_the_stream_has_grown_past_it_again() {
        let regrown = Seen { last_sequence: 300, ..seen() };
        let loss = judge(known(), regrown, Some(61));
        assert_eq!(loss, Some(Loss::Truncated { from: 61 }));
        assert_eq!(known().after(regrown, loss).last_sequence, 60);
    }

    #[test]
    fn gaps_count_once_and_only_where_nobody_may_delete() {
        let holed = Seen { gaps: Some(5), ..seen() };
        let loss = judge(known(), holed, None);
        assert_eq!(loss, Some(Loss::Gaps { more: 3 }));
        assert_eq!(judge(known().after(holed, loss), holed, None), None);
        assert_eq!(judge(known(), Seen { gaps: None, ..seen() }, None), None);
    }

    #[test]
    fn gaps_that_expired_are_forgotten() {
        let shrunk = Seen { gaps: Some(0), ..seen() };
        assert_eq!(known().after(shrunk, None).gaps, 0);
    }
}
