//! The table `sign_in_attempts`: counters that all replicas share.

use chrono::{DateTime, TimeDelta, Utc};
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::domain::attempts::{Counted, Limit, Scope};

#[derive(FromQueryResult)]
struct Row {
    attempts: i32,
    since: DateTime<Utc>,
}

/// Counts an attempt. The first one after the window of `limit` begins a new window.
pub async fn count(
    db: &impl ConnectionTrait,
    scope: &Scope,
    limit: Limit,
    now: DateTime<Utc>,
) -> Result<Result<(), TimeDelta>, DbErr> {
    let counted = Row::find_by_statement(sql(
        // One beyond the limit is enough to refuse; it also keeps the number from running over.
        "INSERT INTO sign_in_attempts AS counter (scope, attempts, since) VALUES ($1, 1, $2)
         ON CONFLICT (scope) DO UPDATE SET
             attempts = CASE WHEN counter.since <= $3 THEN 1 ELSE least(counter.attempts, $4) + 1 END,
             since = CASE WHEN counter.since <= $3 THEN $2 ELSE counter.since END
         RETURNING attempts, since",
        [scope.0.clone().into(), now.into(), (now - limit.within).into(), limit.attempts.into()],
    ))
    .one(db)
    .await?
    .ok_or_else(|| DbErr::RecordNotFound("an upsert returns its row".into()))?;
    Ok(limit.check(Counted { attempts: counted.attempts, since: counted.since }, now))
}

/// Takes back one attempt: it was no guess.
pub async fn take_back_in(tx: &impl ConnectionTrait, scope: &Scope) -> Result<(), DbErr> {
    let values = [scope.0.clone().into()];
    tx.execute_raw(sql("UPDATE sign_in_attempts SET attempts = greatest(attempts - 1, 0) WHERE scope = $1", values))
        .await?;
    Ok(())
}

/// Forgets all attempts.
pub async fn forget_in(tx: &impl ConnectionTrait, scope: &Scope) -> Result<(), DbErr> {
    tx.execute_raw(sql("DELETE FROM sign_in_attempts WHERE scope = $1", [scope.0.clone().into()])).await?;
    Ok(())
}

/// Deletes at most `limit` counters that began before `before`, and counts them.
pub async fn delete_before_in(tx: &impl ConnectionTrait, before: DateTime<Utc>, limit: i64) -> Result<u64, DbErr> {
    let deleted = tx
        .execute_raw(sql(
            "DELETE FROM sign_in_attempts WHERE scope IN (
                 SELECT scope FROM sign_in_attempts WHERE since < $1 ORDER BY since LIMIT $2 FOR UPDATE SKIP LOCKED)",
            [before.into(), limit.into()],
        ))
        .await?;
    Ok(deleted.rows_affected())
}
