//! The table `addresses`.

use chrono::{DateTime, Utc};
use livemart_contracts::UserId;
use livemart_contracts::ids::AddressId;
use livemart_messaging::{Listing, sql};
use livemart_web::Address;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

/// An address of somebody.
#[derive(Debug, Clone)]
pub struct KeptAddress {
    pub id: AddressId,
    pub address: Address,
    pub created_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    recipient: String,
    line1: String,
    line2: Option<String>,
    city: String,
    postal_code: String,
    country: String,
    created_at: DateTime<Utc>,
}

impl From<Row> for KeptAddress {
    fn from(row: Row) -> Self {
        let Row { id, recipient, line1, line2, city, postal_code, country, created_at } = row;
        let address = Address { recipient, line1, line2, city, postal_code, country };
        Self { id: id.into(), address, created_at }
    }
}

/// At most `limit` addresses of `user`, the oldest first, that follow `after`.
pub async fn list(
    db: &impl ConnectionTrait,
    user: UserId,
    after: Option<AddressId>,
    limit: i64,
) -> Result<Vec<KeptAddress>, DbErr> {
    let of_user = "SELECT id, recipient, line1, line2, city, postal_code, country, created_at FROM addresses
                   WHERE user_id = $1";
    let wanted = Listing::new(of_user, [user.uuid().into()]).and("id >", after.map(|id| id.uuid()));
    let rows = Row::find_by_statement(wanted.page("id", limit)).all(db).await?;
    Ok(rows.into_iter().map(KeptAddress::from).collect())
}

/// The address `id`, if it is one of `user`.
pub async fn find(db: &impl ConnectionTrait, user: UserId, id: AddressId) -> Result<Option<KeptAddress>, DbErr> {
    let row = Row::find_by_statement(sql(
        "SELECT id, recipient, line1, line2, city, postal_code, country, created_at FROM addresses
         WHERE user_id = $1 AND id = $2",
        [user.uuid().into(), id.uuid().into()],
    ));
    Ok(row.one(db).await?.map(KeptAddress::from))
}

pub async fn count_in(tx: &impl ConnectionTrait, user: UserId) -> Result<i64, DbErr> {
    let counted = sql("SELECT count(*) FROM addresses WHERE user_id = $1", [user.uuid().into()]);
    tx.query_one_raw(counted).await?.map_or(Ok(0), |row| row.try_get_by_index(0))
}

pub async fn insert_in(tx: &impl ConnectionTrait, user: UserId, kept: &KeptAddress) -> Result<(), DbErr> {
    let Address { recipient, line1, line2, city, postal_code, country } = kept.address.clone();
    tx.execute_raw(sql(
        "INSERT INTO addresses (id, user_id, recipient, line1, line2, city, postal_code, country, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            kept.id.uuid().into(),
            user.uuid().into(),
            recipient.into(),
            line1.into(),
            line2.into(),
            city.into(),
            postal_code.into(),
            country.into(),
            kept.created_at.into(),
        ],
    ))
    .await?;
    Ok(())
}

/// Deletes the address `id` of `user`, and says whether there was one.
pub async fn delete_in(tx: &impl ConnectionTrait, user: UserId, id: AddressId) -> Result<bool, DbErr> {
    let values = [user.uuid().into(), id.uuid().into()];
    let deleted = tx.execute_raw(sql("DELETE FROM addresses WHERE user_id = $1 AND id = $2", values)).await?;
    Ok(deleted.rows_affected() > 0)
}
