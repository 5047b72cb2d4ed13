//! How many of each product are left, as the inventory tells.

use std::collections::HashSet;

use livemart_contracts::ProductId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

/// What the inventory said of one product; of two levels the higher version counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    pub product_id: ProductId,
    pub available: i64,
    pub version: i64,
}

#[derive(FromQueryResult)]
struct Written {
    product_id: Uuid,
    version: i64,
}

/// Keeps the newest level of each product, and answers which products and versions were new.
pub async fn keep_newest_in(tx: &impl ConnectionTrait, levels: &[Level]) -> Result<HashSet<(ProductId, i64)>, DbErr> {
    let products: Vec<Uuid> = levels.iter().map(|level| level.product_id.uuid()).collect();
    let available: Vec<i64> = levels.iter().map(|level| level.available).collect();
    let versions: Vec<i64> = levels.iter().map(|level| level.version).collect();
    // The order of the products also keeps two replicas from waiting for each other.
    let written = Written::find_by_statement(sql(
        "INSERT INTO product_stock AS known (product_id, available, version)
         SELECT DISTINCT ON (product_id) product_id, available, version
         FROM unnest($1, $2, $3) AS levels (product_id, available, version)
         ORDER BY product_id, version DESC
         ON CONFLICT (product_id) DO UPDATE SET available = excluded.available, version = excluded.version
         WHERE known.version < excluded.version
         RETURNING product_id, version",
        [products.into(), available.into(), versions.into()],
    ))
    .all(tx)
    .await?;
    Ok(written.into_iter().map(|row| (ProductId::from_uuid(row.product_id), row.version)).collect())
}
