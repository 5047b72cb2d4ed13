//! The table `users`.

use chrono::{DateTime, Utc};
use livemart_contracts::UserId;
use livemart_messaging::{Listing, sql};
use livemart_web::Role;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use crate::domain::User;

/// An account with what its password is compared to.
#[derive(Debug, Clone)]
pub struct Account {
    pub user: User,
    pub password_hash: String,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    email: String,
    name: String,
    role: String,
    password_hash: String,
    blocked: bool,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Account {
    fn from(row: Row) -> Self {
        Self {
            user: User {
                id: UserId::from_uuid(row.id),
                email: row.email,
                name: row.name,
                role: role(&row.role),
                blocked: row.blocked,
                version: row.version,
                created_at: row.created_at,
                updated_at: row.updated_at,
            },
            password_hash: row.password_hash,
        }
    }
}

/// The table allows these two only.
fn role(name: &str) -> Role {
    if name == role_name(Role::Admin) { Role::Admin } else { Role::Customer }
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Customer => "customer",
    }
}

async fn find(
    db: &impl ConnectionTrait,
    condition: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<Account>, DbErr> {
    let query = format!(
        "SELECT id, email, name, role, password_hash, blocked, version, created_at, updated_at FROM users WHERE {condition}"
    );
    Ok(Row::find_by_statement(sql(&query, values)).one(db).await?.map(Account::from))
}

pub async fn find_by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<Account>, DbErr> {
    find(db, "email = $1", [email.into()]).await
}

pub async fn find_by_id(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Account>, DbErr> {
    find(db, "id = $1", [id.uuid().into()]).await
}

/// As [`find_by_id`]; nobody else changes the account until the transaction ends.
pub async fn lock_in(tx: &impl ConnectionTrait, id: UserId) -> Result<Option<Account>, DbErr> {
    find(tx, "id = $1 FOR UPDATE", [id.uuid().into()]).await
}

/// At most `limit` accounts, the newest first, that follow `after` in this order; of one address, if `email` is given.
pub async fn list(
    db: &impl ConnectionTrait,
    email: Option<&str>,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<User>, DbErr> {
    let all =
        "SELECT id, email, name, role, password_hash, blocked, version, created_at, updated_at FROM users WHERE true";
    let wanted = Listing::new(all, []).and("email =", email).and("id <", after.map(|id| id.uuid()));
    let rows = Row::find_by_statement(wanted.page("id DESC", limit)).all(db).await?;
    Ok(rows.into_iter().map(|row| Account::from(row).user).collect())
}

pub async fn insert_in(tx: &impl ConnectionTrait, user: &User, password_hash: &str) -> Result<(), DbErr> {
    tx.execute_raw(sql(
        "INSERT INTO users (id, email, name, role, password_hash, blocked, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            user.id.uuid().into(),
            user.email.clone().into(),
            user.name.clone().into(),
            role_name(user.role).into(),
            password_hash.into(),
            user.blocked.into(),
            user.version.into(),
            user.created_at.into(),
            user.updated_at.into(),
        ],
    ))
    .await?;
    Ok(())
}

/// Writes `user`, whose row is locked.
pub async fn update_in(tx: &impl ConnectionTrait, user: &User) -> Result<(), DbErr> {
    tx.execute_raw(sql(
        "UPDATE users SET email = $2, name = $3, role = $4, blocked = $5, version = $6, updated_at = $7 WHERE id = $1",
        [
            user.id.uuid().into(),
            user.email.clone().into(),
            user.name.clone().into(),
            role_name(user.role).into(),
            user.blocked.into(),
            user.version.into(),
            user.updated_at.into(),
        ],
    ))
    .await?;
    Ok(())
}

pub async fn set_password_hash_in(tx: &impl ConnectionTrait, id: UserId, password_hash: &str) -> Result<(), DbErr> {
    let values = [id.uuid().into(), password_hash.into()];
    tx.execute_raw(sql("UPDATE users SET password_hash = $2 WHERE id = $1", values)).await?;
    Ok(())
}

/// Deletes the account, with its sessions and addresses.
pub async fn delete_in(tx: &impl ConnectionTrait, id: UserId) -> Result<(), DbErr> {
    tx.execute_raw(sql("DELETE FROM users WHERE id = $1", [id.uuid().into()])).await?;
    Ok(())
}
