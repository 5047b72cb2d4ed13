//! The table `sessions`.

use chrono::{DateTime, Utc};
use livemart_contracts::UserId;
use livemart_contracts::ids::SessionId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::domain::session::End;

pub async fn insert_in(
    tx: &impl ConnectionTrait,
    session: SessionId,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    tx.execute_raw(sql(
        "INSERT INTO sessions (id, user_id, created_at, renewed_at) VALUES ($1, $2, $3, $3)",
        [session.uuid().into(), user.uuid().into(), now.into()],
    ))
    .await?;
    Ok(())
}

pub async fn renewed_in(tx: &impl ConnectionTrait, session: SessionId, now: DateTime<Utc>) -> Result<(), DbErr> {
    let values = [session.uuid().into(), now.into()];
    tx.execute_raw(sql("UPDATE sessions SET renewed_at = $2 WHERE id = $1", values)).await?;
    Ok(())
}

/// Ends one session; one that has ended stays as it is.
pub async fn end_in(tx: &impl ConnectionTrait, session: SessionId, why: End, now: DateTime<Utc>) -> Result<(), DbErr> {
    tx.execute_raw(sql(
        "UPDATE sessions SET ended_at = $3, end_reason = $2 WHERE id = $1 AND ended_at IS NULL",
        [session.uuid().into(), why.name().into(), now.into()],
    ))
    .await?;
    Ok(())
}

/// Ends the sessions of `user`, but for `except`, and names them.
pub async fn end_all_in(
    tx: &impl ConnectionTrait,
    user: UserId,
    except: Option<SessionId>,
    why: End,
    now: DateTime<Utc>,
) -> Result<Vec<SessionId>, DbErr> {
    let ended = tx
        .query_all_raw(sql(
            "UPDATE sessions SET ended_at = $4, end_reason = $3
             WHERE user_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $2::uuid
             RETURNING id",
            [user.uuid().into(), except.map(|id| id.uuid()).into(), why.name().into(), now.into()],
        ))
        .await?;
    ended.into_iter().map(|row| row.try_get::<Uuid>("", "id").map(SessionId::from_uuid)).collect()
}

/// Deletes at most `limit` sessions that were renewed before `before` and never since, and counts them.
pub async fn delete_unrenewed_in(tx: &impl ConnectionTrait, before: DateTime<Utc>, limit: i64) -> Result<u64, DbErr> {
    let deleted = tx
        .execute_raw(sql(
            "DELETE FROM sessions WHERE id IN (
                 SELECT id FROM sessions WHERE renewed_at < $1 ORDER BY renewed_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
            [before.into(), limit.into()],
        ))
        .await?;
    Ok(deleted.rows_affected())
}
