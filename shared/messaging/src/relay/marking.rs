//! Marks what is published, and notices in the same statement when the stream went back.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A row that is in the stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    pub position: i64,
    pub sequence: u64,
    /// Stored by this publish; otherwise the stream had it already, perhaps for long.
    pub fresh: bool,
}

/// What became of marking.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Marked {
    Yes,
    /// Nothing was marked: the stream gave out, again, the sequences from here on.
    WentBack {
        reused_from: i64,
    },
}

/// Marks `published`. A fresh sequence that is not above every earlier one was given out before: then nothing is marked.
pub(super) async fn mark(
    session: &mut PgConnection,
    published: &[Stored],
    now: DateTime<Utc>,
) -> Result<Marked, sqlx::Error> {
    if published.is_empty() {
        return Ok(Marked::Yes);
    }
    let positions: Vec<i64> = published.iter().map(|stored| stored.position).collect();
    let sequences: Vec<i64> = published.iter().map(|stored| number(stored.sequence)).collect();
    let fresh = || published.iter().filter(|stored| stored.fresh).map(|stored| number(stored.sequence));
    let first = fresh().min();
    // By the key, though the table has one row: a role without sequential scans would pay for compiling this plan.
    let marked = sqlx::query(
        "WITH further AS (
             UPDATE relay_state SET last_sequence = $5 WHERE only_row AND last_sequence < $4 RETURNING 1)
         UPDATE outbox SET published_at = $3, stream_sequence = published.sequence
         FROM unnest($1, $2) AS published (position, sequence)
         WHERE outbox.position = published.position AND ($4 IS NULL OR EXISTS (SELECT FROM further))",
    )
    .bind(positions)
    .bind(sequences)
    .bind(now)
    .bind(first)
    .bind(fresh().max())
    .execute(session)
    .await?;
    match first {
        Some(reused_from) if marked.rows_affected() == 0 => Ok(Marked::WentBack { reused_from }),
        _ => Ok(Marked::Yes),
    }
}

/// As the database holds sequences.
pub(super) fn number(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}
