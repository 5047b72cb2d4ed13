//! The projection of `product.*`: what is sold, and at which price.

use std::collections::HashMap;

use livemart_contracts::{Money, ProductId};
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::money;
use crate::domain::placing::Offer;

#[derive(FromQueryResult)]
struct Row {
    product_id: Uuid,
    price: Option<i64>,
    currency: Option<String>,
    sold: bool,
}

/// What is known of `products`.
pub async fn find_in(
    tx: &impl ConnectionTrait,
    products: impl IntoIterator<Item = ProductId>,
) -> Result<HashMap<ProductId, Offer>, DbErr> {
    let ids: Vec<Uuid> = products.into_iter().map(|id| id.uuid()).collect();
    let statement =
        sql("SELECT product_id, price, currency, sold FROM catalogue WHERE product_id = ANY ($1)", [ids.into()]);
    let rows = Row::find_by_statement(statement).all(tx).await?;
    rows.into_iter()
        .map(|row| {
            let offer = match (row.sold, row.price, row.currency) {
                (true, Some(price), Some(currency)) => Offer::Sold(money(price, &currency)?),
                _ => Offer::NoLongerSold,
            };
            Ok((row.product_id.into(), offer))
        })
        .collect()
}

/// One change of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    pub product_id: ProductId,
    /// `None` when the product is no longer sold.
    pub price: Option<Money>,
    pub version: i64,
}

/// Takes `changes` over, at most one of a product; an older version changes nothing. Answers the products that changed.
pub async fn save_in(tx: &impl ConnectionTrait, changes: &[Change]) -> Result<Vec<ProductId>, DbErr> {
    let ids: Vec<Uuid> = changes.iter().map(|change| change.product_id.uuid()).collect();
    let prices: Vec<i64> = changes.iter().map(|change| change.price.map_or(0, |price| price.amount)).collect();
    let currencies: Vec<String> = changes
        .iter()
        .map(|change| change.price.map(|price| price.currency.code().to_owned()).unwrap_or_default())
        .collect();
    let versions: Vec<i64> = changes.iter().map(|change| change.version).collect();
    let rows = tx
        .query_all_raw(sql(
            "INSERT INTO catalogue (product_id, price, currency, sold, version)
             SELECT product_id, CASE WHEN currency <> '' THEN price END, nullif(currency, ''), currency <> '', version
             FROM unnest($1, $2, $3, $4) AS changed (product_id, price, currency, version)
             ORDER BY product_id
             ON CONFLICT (product_id) DO UPDATE
             SET price = excluded.price, currency = excluded.currency, sold = excluded.sold, version = excluded.version
             WHERE catalogue.version < excluded.version
             RETURNING product_id",
            [ids.into(), prices.into(), currencies.into(), versions.into()],
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index::<Uuid>(0).map(ProductId::from)).collect()
}
