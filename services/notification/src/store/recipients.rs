//! The table `recipients`: addresses and names.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use livemart_contracts::UserId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

/// What an event says about somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub user_id: UserId,
    /// Address and name; none of an account that was erased.
    pub person: Option<Person>,
    pub as_of: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Person {
    pub email: String,
    pub name: String,
}

/// Keeps the latest of what was said; an erasure is never taken back. One of `said` for each user; answers whom it
/// changed.
pub async fn keep_latest_in(tx: &impl ConnectionTrait, said: &[Said]) -> Result<HashSet<UserId>, DbErr> {
    let mut said: Vec<&Said> = said.iter().collect();
    said.sort_unstable_by_key(|said| said.user_id.uuid());
    let ids: Vec<Uuid> = said.iter().map(|said| said.user_id.uuid()).collect();
    let column = |of: fn(&Person) -> &String| -> Vec<String> {
        said.iter().map(|said| said.person.as_ref().map(of).cloned().unwrap_or_default()).collect()
    };
    let times: Vec<DateTime<Utc>> = said.iter().map(|said| said.as_of).collect();
    let rows = tx
        .query_all_raw(sql(
            "INSERT INTO recipients AS known (user_id, email, name, erased, as_of)
             SELECT user_id, nullif(email, ''), nullif(name, ''), email = '', as_of
             FROM unnest($1, $2, $3, $4) AS said (user_id, email, name, as_of)
             ON CONFLICT (user_id) DO UPDATE
             SET email = excluded.email, name = excluded.name, erased = excluded.erased, as_of = excluded.as_of
             WHERE NOT known.erased AND (excluded.erased OR known.as_of < excluded.as_of)
             RETURNING user_id",
            [ids.into(), column(|person| &person.email).into(), column(|person| &person.name).into(), times.into()],
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index::<Uuid>(0).map(UserId::from)).collect()
}
