//! The table `known_places`: where the owner of an account signed in lately.

use chrono::{DateTime, Utc};
use livemart_contracts::UserId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr};

use crate::domain::attempts::Scope;

/// Whether somebody signed in there, not too long ago.
pub async fn has(db: &impl ConnectionTrait, place: &Scope, now: DateTime<Utc>) -> Result<bool, DbErr> {
    let query = "SELECT FROM known_places WHERE scope = $1 AND until > $2";
    Ok(db.query_one_raw(sql(query, [place.0.clone().into(), now.into()])).await?.is_some())
}

pub async fn insert_in(
    tx: &impl ConnectionTrait,
    place: &Scope,
    user: UserId,
    until: DateTime<Utc>,
) -> Result<(), DbErr> {
    tx.execute_raw(sql(
        // An address of a mailbox may have become somebody else's.
        "INSERT INTO known_places (scope, user_id, until) VALUES ($1, $2, $3)
         ON CONFLICT (scope) DO UPDATE SET user_id = $2, until = $3",
        [place.0.clone().into(), user.uuid().into(), until.into()],
    ))
    .await?;
    Ok(())
}

/// Deletes at most `limit` places that nobody came back to, and counts them.
pub async fn delete_expired_in(tx: &impl ConnectionTrait, now: DateTime<Utc>, limit: i64) -> Result<u64, DbErr> {
    let deleted = tx
        .execute_raw(sql(
            "DELETE FROM known_places WHERE scope IN (
                 SELECT scope FROM known_places WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED)",
            [now.into(), limit.into()],
        ))
        .await?;
    Ok(deleted.rows_affected())
}
