//! The table `refresh_tokens`.

use chrono::{DateTime, Utc};
use livemart_contracts::UserId;
use livemart_contracts::ids::SessionId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::domain::RefreshToken;
use crate::domain::session::Presented;

#[derive(FromQueryResult)]
struct Row {
    session_id: Uuid,
    user_id: Uuid,
    expires_at: DateTime<Utc>,
    used: bool,
    ended: bool,
}

/// Finds a token that was issued, with its session; both stay as they are until the transaction ends, so that a token
/// that is presented twice at once is seen used by the second.
pub async fn lock_in(tx: &impl ConnectionTrait, token: &RefreshToken) -> Result<Option<Presented>, DbErr> {
    let row = Row::find_by_statement(sql(
        "SELECT sessions.id AS session_id, sessions.user_id, refresh_tokens.expires_at,
                refresh_tokens.used_at IS NOT NULL AS used, sessions.ended_at IS NOT NULL AS ended
         FROM refresh_tokens JOIN sessions ON sessions.id = refresh_tokens.session_id
         WHERE refresh_tokens.hash = $1
         FOR UPDATE",
        [token.hash().into()],
    ))
    .one(tx)
    .await?;
    Ok(row.map(|row| Presented {
        session: SessionId::from_uuid(row.session_id),
        user: UserId::from_uuid(row.user_id),
        expires_at: row.expires_at,
        used: row.used,
        ended: row.ended,
    }))
}

pub async fn insert_in(
    tx: &impl ConnectionTrait,
    token: &RefreshToken,
    session: SessionId,
    expires_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    tx.execute_raw(sql(
        "INSERT INTO refresh_tokens (hash, session_id, expires_at) VALUES ($1, $2, $3)",
        [token.hash().into(), session.uuid().into(), expires_at.into()],
    ))
    .await?;
    Ok(())
}

pub async fn use_in(tx: &impl ConnectionTrait, token: &RefreshToken, now: DateTime<Utc>) -> Result<(), DbErr> {
    let values = [token.hash().into(), now.into()];
    tx.execute_raw(sql("UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1", values)).await?;
    Ok(())
}

/// Deletes at most `limit` tokens that expired before `now`, and counts them.
pub async fn delete_expired_in(tx: &impl ConnectionTrait, now: DateTime<Utc>, limit: i64) -> Result<u64, DbErr> {
    let deleted = tx
        .execute_raw(sql(
            "DELETE FROM refresh_tokens WHERE hash IN (
                 SELECT hash FROM refresh_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
            [now.into(), limit.into()],
        ))
        .await?;
    Ok(deleted.rows_affected())
}
