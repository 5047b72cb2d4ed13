//! How products are called.

use std::collections::HashSet;

use livemart_contracts::ProductId;
use livemart_messaging::sql;
use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult};
use uuid::Uuid;

/// What a product was called; of two names the one of the higher version counts.
#[derive(Debug, Clone)]
pub struct Name {
    pub product_id: ProductId,
    pub sku: String,
    pub ko: String,
    pub en: String,
    pub version: i64,
}

#[derive(FromQueryResult)]
struct Written {
    product_id: Uuid,
    version: i64,
}

/// Keeps the newest name of each product, and answers which products and versions were new.
pub async fn keep_newest_in(tx: &DatabaseTransaction, names: &[Name]) -> Result<HashSet<(ProductId, i64)>, DbErr> {
    let texts = |of: fn(&Name) -> &str| names.iter().map(|name| of(name).to_owned()).collect::<Vec<String>>();
    let products: Vec<Uuid> = names.iter().map(|name| name.product_id.uuid()).collect();
    let versions: Vec<i64> = names.iter().map(|name| name.version).collect();
    // The order of the products also keeps two replicas from waiting for each other.
    let written = Written::find_by_statement(sql(
        "INSERT INTO products AS known (product_id, sku, name_ko, name_en, version)
         SELECT DISTINCT ON (product_id) product_id, sku, name_ko, name_en, version
         FROM unnest($1, $2, $3, $4, $5) AS named (product_id, sku, name_ko, name_en, version)
         ORDER BY product_id, version DESC
         ON CONFLICT (product_id) DO UPDATE
         SET sku = excluded.sku, name_ko = excluded.name_ko, name_en = excluded.name_en, version = excluded.version
         WHERE known.version < excluded.version
         RETURNING product_id, version",
        [
            products.into(),
            texts(|name| &name.sku).into(),
            texts(|name| &name.ko).into(),
            texts(|name| &name.en).into(),
            versions.into(),
        ],
    ));
    Ok(written.all(tx).await?.into_iter().map(|row| (row.product_id.into(), row.version)).collect())
}
