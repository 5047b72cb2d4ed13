//! Forgets what is no longer needed, oldest first and in small steps.

use std::time::Duration;

use chrono::TimeDelta;
use sea_orm::ConnectionTrait;

use crate::context::Context;
use crate::reaction::Failure;
use crate::store::sql;
use crate::watch::{More, Watch};

/// Rows of each table that one transaction forgets: milliseconds of work between those of the saga.
const BATCH: i64 = 1_000;
/// Clients send a request again within minutes; a day is what other shops promise.
const ANSWERS_KEPT: TimeDelta = TimeDelta::days(2);
/// Longer than any stream of the saga: an event that comes again after so long still finds its inbox row.
pub(crate) const DECISIONS_KEPT: TimeDelta = TimeDelta::days(60);

/// Forgets published events, decisions, finished tasks and remembered answers.
pub struct Retention {
    /// How long published events are kept: longer than their stream keeps them, for a lost stream is rebuilt from them.
    pub events_kept: TimeDelta,
}

impl Watch for Retention {
    const NAME: &'static str = "retention";
    const EVERY: Duration = Duration::from_secs(60);

    async fn look(&self, cx: &mut Context) -> Result<More, Failure> {
        let forget = [
            // Only the oldest rows are looked at: where they are still needed, so are all others.
            (
                "DELETE FROM outbox WHERE position IN (
                     SELECT position FROM (SELECT position, published_at FROM outbox ORDER BY position LIMIT $2) AS oldest
                     WHERE published_at < $1)",
                self.events_kept,
            ),
            (
                "DELETE FROM tasks WHERE id IN (
                     SELECT id FROM (SELECT id, done_at FROM tasks ORDER BY id LIMIT $2) AS oldest WHERE done_at < $1)",
                DECISIONS_KEPT,
            ),
            (
                "DELETE FROM inbox WHERE ctid = ANY (ARRAY(
                     SELECT ctid FROM inbox WHERE decided_at < $1 LIMIT $2))",
                DECISIONS_KEPT,
            ),
            (
                "DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
                     SELECT ctid FROM idempotency_keys WHERE created_at < $1 LIMIT $2))",
                ANSWERS_KEPT,
            ),
        ];
        let mut more = More::No;
        for (statement, kept) in forget {
            let until = cx.now() - kept;
            let forgotten = cx.tx().execute_raw(sql(statement, [until.into(), BATCH.into()])).await?;
            if forgotten.rows_affected() >= BATCH.unsigned_abs() {
                more = More::Yes;
            }
        }
        Ok(more)
    }
}
