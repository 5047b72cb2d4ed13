//! Batches of a projection and its replay do not overlap.
//!
//! A batch takes this before it claims or writes anything, so a batch that waits for a replay holds nothing that the
//! replay needs. Batches do not wait for each other.

use sea_orm::{ConnectionTrait, DbErr};

use crate::store::sql;

/// For a batch: until the end of its transaction no replay compares.
pub(crate) async fn take_in(tx: &impl ConnectionTrait, durable: &str) -> Result<(), DbErr> {
    lock(tx, "SELECT pg_advisory_xact_lock_shared(hashtext('livemart-projection'), hashtext($1))", durable).await
}

/// For a replay: waits for the batches under way; until the end of this transaction no other one begins.
pub(crate) async fn hold_in(tx: &impl ConnectionTrait, durable: &str) -> Result<(), DbErr> {
    lock(tx, "SELECT pg_advisory_xact_lock(hashtext('livemart-projection'), hashtext($1))", durable).await
}

async fn lock(tx: &impl ConnectionTrait, statement: &str, durable: &str) -> Result<(), DbErr> {
    tx.query_one_raw(sql(statement, [durable.into()])).await.map(drop)
}
