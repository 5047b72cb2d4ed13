//! Single products.

use livemart_contracts::ProductId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::row::{COLUMNS, Offer, Row, TABLES};
use crate::domain::Product;

/// A product that is for sale.
pub async fn find(db: &impl ConnectionTrait, id: ProductId) -> Result<Option<Offer>, DbErr> {
    let query = format!("SELECT {COLUMNS} FROM {TABLES} WHERE p.id = $1 AND p.deleted_at IS NULL");
    Row::find_by_statement(sql(&query, [id.uuid().into()])).one(db).await?.map(Offer::try_from).transpose()
}

/// As [`find`], of one that is there.
pub async fn get(db: &impl ConnectionTrait, id: ProductId) -> Result<Offer, DbErr> {
    find(db, id).await?.ok_or_else(|| DbErr::RecordNotFound(format!("the product {id}")))
}

/// Those of `ids` that are for sale, in the order of `ids`.
pub async fn find_all(db: &impl ConnectionTrait, ids: &[ProductId]) -> Result<Vec<Offer>, DbErr> {
    let query = format!(
        "SELECT {COLUMNS} FROM {TABLES} JOIN unnest($1) WITH ORDINALITY AS wanted (id, place) ON wanted.id = p.id
         WHERE p.deleted_at IS NULL ORDER BY wanted.place"
    );
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    Row::find_by_statement(sql(&query, [ids.into()])).all(db).await?.into_iter().map(Offer::try_from).collect()
}

/// As [`find`], kept from changing until the transaction ends.
pub async fn lock_in(tx: &impl ConnectionTrait, id: ProductId) -> Result<Option<Offer>, DbErr> {
    let query = format!("SELECT {COLUMNS} FROM {TABLES} WHERE p.id = $1 AND p.deleted_at IS NULL FOR UPDATE OF p");
    Row::find_by_statement(sql(&query, [id.uuid().into()])).one(tx).await?.map(Offer::try_from).transpose()
}

pub async fn insert_in(tx: &impl ConnectionTrait, product: &Product) -> Result<(), DbErr> {
    let details = &product.details;
    tx.execute_raw(sql(
        "INSERT INTO products (id, sku, name_ko, name_en, description_ko, description_en, category, price_amount,
                               price_currency, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        [
            product.id.uuid().into(),
            details.sku.as_str().into(),
            details.name.ko.as_str().into(),
            details.name.en.as_str().into(),
            details.description.ko.as_str().into(),
            details.description.en.as_str().into(),
            details.category.as_str().into(),
            details.price.amount.into(),
            details.price.currency.code().into(),
            product.version.into(),
            product.created_at.into(),
            product.updated_at.into(),
        ],
    ))
    .await?;
    Ok(())
}

/// Writes a new version of a product that was locked.
pub async fn update_in(tx: &impl ConnectionTrait, product: &Product) -> Result<(), DbErr> {
    let details = &product.details;
    tx.execute_raw(sql(
        "UPDATE products
         SET sku = $2, name_ko = $3, name_en = $4, description_ko = $5, description_en = $6, category = $7,
             price_amount = $8, price_currency = $9, version = $10, updated_at = $11
         WHERE id = $1",
        [
            product.id.uuid().into(),
            details.sku.as_str().into(),
            details.name.ko.as_str().into(),
            details.name.en.as_str().into(),
            details.description.ko.as_str().into(),
            details.description.en.as_str().into(),
            details.category.as_str().into(),
            details.price.amount.into(),
            details.price.currency.code().into(),
            product.version.into(),
            product.updated_at.into(),
        ],
    ))
    .await?;
    Ok(())
}

/// Takes a product that was locked off the shelf; `product` is its last version.
pub async fn delete_in(tx: &impl ConnectionTrait, product: &Product) -> Result<(), DbErr> {
    tx.execute_raw(sql(
        "UPDATE products SET version = $2, updated_at = $3, deleted_at = $3 WHERE id = $1",
        [product.id.uuid().into(), product.version.into(), product.updated_at.into()],
    ))
    .await?;
    Ok(())
}
