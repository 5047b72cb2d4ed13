//! Marks what is published, and notices in the same statement when the stream went back.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tokio::time::Instant;

/// How long a mark waits for others, and how many wait at most: each of them is named in every look at the outbox.
const MARK_WITHIN: Duration = Duration::from_millis(50);
const UNMARKED_AT_MOST: usize = 32;

/// A row that is in the stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    pub position: i64,
    pub sequence: u64,
    /// Stored by this publish; otherwise the stream had it already, perhaps for long.
    pub fresh: bool,
}

/// Rows that are in the stream and not marked yet.
///
/// A mark that is lost costs another publish under the same id, no more. So where events come one by one, those of a few
/// moments are marked together, and nothing waits for it.
#[derive(Default)]
pub(super) struct Unmarked {
    stored: Vec<Stored>,
    due: Option<Instant>,
}

impl Unmarked {
    pub(super) fn positions(&self) -> Vec<i64> {
        self.stored.iter().map(|stored| stored.position).collect()
    }

    /// When they are to be marked, whatever comes.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn is_due(&self) -> bool {
        self.stored.len() >= UNMARKED_AT_MOST || self.due.is_some_and(|due| due <= Instant::now())
    }

    /// Whether `published` went to the stream behind all that waits here. Otherwise the stream went back in between, which
    /// a mark of both together would not show.
    pub(super) fn is_before(&self, published: &[Stored]) -> bool {
        let fresh =
            |of: &[Stored]| of.iter().filter(|stored| stored.fresh).map(|stored| stored.sequence).collect::<Vec<_>>();
        let (last, first) = (fresh(&self.stored).into_iter().max(), fresh(published).into_iter().min());
        last.zip(first).is_none_or(|(last, first)| last < first)
    }

    pub(super) fn add(&mut self, published: Vec<Stored>) {
        if !published.is_empty() {
            self.due.get_or_insert_with(|| Instant::now() + MARK_WITHIN);
            self.stored.extend(published);
        }
    }

    pub(super) fn take(&mut self) -> Vec<Stored> {
        std::mem::take(self).stored
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(sequence: u64) -> Stored {
        Stored { position: number(sequence), sequence, fresh: true }
    }

    #[tokio::test(start_paused = true)]
    async fn marks_wait_for_others_for_a_bounded_time_and_number() {
        let mut unmarked = Unmarked::default();
        unmarked.add(Vec::new());
        assert_eq!(unmarked.due(), None, "nothing waits");
        unmarked.add(vec![stored(1)]);
        assert!(!unmarked.is_due());
        tokio::time::advance(MARK_WITHIN).await;
        unmarked.add(vec![stored(2)]);
        assert!(unmarked.is_due(), "the first one has waited long enough");
        assert_eq!(unmarked.take().len(), 2);
        assert!(!unmarked.is_due());
        unmarked.add((0..UNMARKED_AT_MOST as u64).map(stored).collect());
        assert!(unmarked.is_due(), "there are too many");
    }

    #[test]
    fn what_the_stream_stored_before_what_waits_shows_that_it_went_back() {
        let mut unmarked = Unmarked::default();
        assert!(unmarked.is_before(&[stored(1)]), "nothing waits");
        unmarked.add(vec![stored(7), stored(8)]);
        assert!(unmarked.is_before(&[stored(9)]));
        assert!(!unmarked.is_before(&[stored(8)]));
        assert!(unmarked.is_before(&[Stored { fresh: false, ..stored(3) }]), "the stream had that one for long");
    }
}
