//! What the tables hold of a person.

use std::collections::HashSet;

use livemart_contracts::UserId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

/// Takes what is personal out of everything that belongs to `customers`, and answers of whom there was something. Their
/// orders stay, for an id that names nobody.
pub async fn forget_in(tx: &impl ConnectionTrait, customers: &[UserId]) -> Result<HashSet<UserId>, DbErr> {
    let ids: Vec<Uuid> = customers.iter().map(|customer| customer.uuid()).collect();
    let mut forgotten = HashSet::new();
    for statement in [
        "UPDATE orders SET shipping_address = NULL
         WHERE customer_id = ANY ($1) AND shipping_address IS NOT NULL
         RETURNING customer_id",
        "DELETE FROM carts WHERE customer_id = ANY ($1) RETURNING customer_id",
        // Answers to their requests repeat the address.
        "DELETE FROM idempotency_keys WHERE principal = ANY ($1) RETURNING principal",
    ] {
        for row in tx.query_all_raw(sql(statement, [ids.clone().into()])).await? {
            forgotten.insert(row.try_get_by_index::<Uuid>(0)?.into());
        }
    }
    Ok(forgotten)
}
