//! The table `signing_keys`.

use chrono::{DateTime, Utc};
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr};

/// The private key that signs, as PKCS#8.
pub async fn find_active(db: &impl ConnectionTrait) -> Result<Option<Vec<u8>>, DbErr> {
    let row = db.query_one_raw(sql("SELECT pkcs8 FROM signing_keys WHERE retired_at IS NULL", [])).await?;
    row.map(|row| row.try_get("", "pkcs8")).transpose()
}

/// The keys that signed until `since` or later.
pub async fn list_retired_since(db: &impl ConnectionTrait, since: DateTime<Utc>) -> Result<Vec<Vec<u8>>, DbErr> {
    let rows = db
        .query_all_raw(sql("SELECT pkcs8 FROM signing_keys WHERE retired_at >= $1 ORDER BY retired_at", [since.into()]))
        .await?;
    rows.into_iter().map(|row| row.try_get("", "pkcs8")).collect()
}

/// Stores the first key; if there is an active one, that one stays.
pub async fn insert_first(db: &impl ConnectionTrait, kid: &str, pkcs8: &[u8], now: DateTime<Utc>) -> Result<(), DbErr> {
    db.execute_raw(sql(
        "INSERT INTO signing_keys (kid, pkcs8, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [kid.into(), pkcs8.to_vec().into(), now.into()],
    ))
    .await?;
    Ok(())
}
