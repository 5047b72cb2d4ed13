//! Carts, one of each customer who ever put something aside.

use chrono::{DateTime, Utc};
use livemart_contracts::UserId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, JsonValue, Statement};

use super::corrupt;
use crate::domain::Cart;

#[derive(FromQueryResult)]
struct Row {
    lines: JsonValue,
}

async fn one(db: &impl ConnectionTrait, statement: Statement) -> Result<Cart, DbErr> {
    let row = Row::find_by_statement(statement).one(db).await?;
    row.map_or(Ok(Cart::default()), |row| serde_json::from_value(row.lines).map_err(|_| corrupt("lines")))
}

pub async fn find(db: &impl ConnectionTrait, customer: UserId) -> Result<Cart, DbErr> {
    one(db, sql("SELECT lines FROM carts WHERE customer_id = $1", [customer.uuid().into()])).await
}

/// The cart of `customer`, which nobody else changes until the transaction ends.
pub async fn lock_in(tx: &impl ConnectionTrait, customer: UserId, now: DateTime<Utc>) -> Result<Cart, DbErr> {
    // A cart that is not there cannot be locked, and two could begin it at once.
    tx.execute_raw(sql(
        "INSERT INTO carts (customer_id, lines, updated_at) VALUES ($1, '[]', $2) ON CONFLICT DO NOTHING",
        [customer.uuid().into(), now.into()],
    ))
    .await?;
    one(tx, sql("SELECT lines FROM carts WHERE customer_id = $1 FOR UPDATE", [customer.uuid().into()])).await
}

/// Writes the cart of `customer`, which is locked.
pub async fn save_in(
    tx: &impl ConnectionTrait,
    customer: UserId,
    cart: &Cart,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    tx.execute_raw(sql(
        "UPDATE carts SET lines = $2, updated_at = $3 WHERE customer_id = $1",
        [customer.uuid().into(), serde_json::json!(cart).into(), now.into()],
    ))
    .await?;
    Ok(())
}

pub async fn delete_in(tx: &impl ConnectionTrait, customer: UserId) -> Result<(), DbErr> {
    tx.execute_raw(sql("DELETE FROM carts WHERE customer_id = $1", [customer.uuid().into()])).await?;
    Ok(())
}
