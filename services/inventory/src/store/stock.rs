//! The levels.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use livemart_contracts::ProductId;
use livemart_contracts::events::StockChanged;
use livemart_locks::Fence;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::domain::{Change, Level};

#[derive(Debug, Clone, Copy, FromQueryResult)]
struct Row {
    product_id: Uuid,
    on_hand: i64,
    reserved: i64,
    version: i64,
    fence: i64,
}

/// The stock of one product as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stock {
    pub product_id: ProductId,
    pub level: Level,
    pub version: i64,
    /// The number of the last holder of the product's lock who wrote; 0 before the first.
    pub fence: i64,
}

impl From<Row> for Stock {
    fn from(row: Row) -> Self {
        let Row { product_id, on_hand, reserved, version, fence } = row;
        Self { product_id: product_id.into(), level: Level { on_hand, reserved }, version, fence }
    }
}

impl From<&Stock> for StockChanged {
    fn from(stock: &Stock) -> Self {
        Self {
            product_id: stock.product_id,
            on_hand: stock.level.on_hand,
            reserved: stock.level.reserved,
            available: stock.level.available(),
            version: stock.version,
        }
    }
}

pub async fn find(db: &impl ConnectionTrait, product_id: ProductId) -> Result<Option<Stock>, DbErr> {
    let statement = sql(
        "SELECT product_id, on_hand, reserved, version, fence FROM stock WHERE product_id = $1",
        [product_id.uuid().into()],
    );
    Ok(Row::find_by_statement(statement).one(db).await?.map(Stock::from))
}

/// Locks the rows of `products` and reads them. Of a product that nobody has heard of there is none.
pub async fn lock_in(tx: &impl ConnectionTrait, products: &[ProductId]) -> Result<Vec<Stock>, DbErr> {
    let ids: Vec<Uuid> = products.iter().map(|product| product.uuid()).collect();
    let rows = Row::find_by_statement(sql(
        "SELECT product_id, on_hand, reserved, version, fence FROM stock
         WHERE product_id = ANY ($1)
         ORDER BY product_id
         FOR UPDATE",
        [ids.into()],
    ))
    .all(tx)
    .await?;
    Ok(rows.into_iter().map(Stock::from).collect())
}

/// Starts the books of `products`, and answers those whose books are new.
pub async fn create_in(
    tx: &impl ConnectionTrait,
    products: &[ProductId],
    now: DateTime<Utc>,
) -> Result<HashSet<ProductId>, DbErr> {
    let mut ids: Vec<Uuid> = products.iter().map(|product| product.uuid()).collect();
    ids.sort_unstable();
    let rows = tx
        .query_all_raw(sql(
            "INSERT INTO stock (product_id, updated_at)
             SELECT product_id, $2 FROM unnest($1) AS created (product_id)
             ON CONFLICT DO NOTHING
             RETURNING product_id",
            [ids.into(), now.into()],
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index::<Uuid>(0).map(ProductId::from)).collect()
}

/// Levels that changed since they were last taken, at most so many. The row locks put their announcements in order.
pub async fn take_unannounced_in(tx: &impl ConnectionTrait, at_most: usize) -> Result<Vec<Stock>, DbErr> {
    // Locked as everywhere in the order of their ids, and waited for: a hot product is always locked by somebody.
    let rows = Row::find_by_statement(sql(
        "UPDATE stock SET unannounced = false
         WHERE product_id = ANY (ARRAY(
             SELECT product_id FROM stock WHERE unannounced ORDER BY product_id LIMIT $1 FOR UPDATE))
         RETURNING product_id, on_hand, reserved, version, fence",
        [i64::try_from(at_most).unwrap_or(i64::MAX).into()],
    ))
    .all(tx)
    .await?;
    Ok(rows.into_iter().map(Stock::from).collect())
}

/// Changes levels, each only where the level allows it and no later holder of the product's lock has written. Answers
/// what changed: fewer rows than `changes` mean that the caller must not commit.
///
/// This statement alone keeps the stock right. A waiting update looks again at the row it waited for, so neither the
/// rows locked before nor any lock elsewhere is needed for the conditions to hold when it writes.
pub async fn change_in(
    tx: &impl ConnectionTrait,
    changes: &BTreeMap<ProductId, Change>,
    fence: Option<Fence>,
    now: DateTime<Utc>,
) -> Result<Vec<Stock>, DbErr> {
    let ids: Vec<Uuid> = changes.keys().map(|product| product.uuid()).collect();
    let on_hand: Vec<i64> = changes.values().map(|change| change.on_hand).collect();
    let reserved: Vec<i64> = changes.values().map(|change| change.reserved).collect();
    let rows = Row::find_by_statement(sql(
        "UPDATE stock
         SET on_hand = stock.on_hand + change.on_hand,
             reserved = stock.reserved + change.reserved,
             version = stock.version + 1,
             fence = coalesce($4, stock.fence),
             unannounced = true,
             updated_at = $5
         FROM unnest($1, $2, $3) AS change (product_id, on_hand, reserved)
         WHERE stock.product_id = change.product_id
           AND stock.reserved + change.reserved BETWEEN 0 AND stock.on_hand + change.on_hand
           AND ($4 IS NULL OR stock.fence <= $4)
         RETURNING stock.product_id, stock.on_hand, stock.reserved, stock.version, stock.fence",
        [ids.into(), on_hand.into(), reserved.into(), fence.map(Fence::get).into(), now.into()],
    ))
    .all(tx)
    .await?;
    Ok(rows.into_iter().map(Stock::from).collect())
}
