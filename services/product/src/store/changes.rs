//! What changed, in the order of its commits. The numbers are given by triggers, whoever writes
//! (`migrations/src/products/0003_changes.sql`).

use livemart_contracts::ProductId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult};
use uuid::Uuid;

use super::row::{COLUMNS, Offer, Revision, Row};

/// How far a reader got. The products of one transaction share a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    change: i64,
    product: Uuid,
}

/// A product as it is now. However often it changed, it is read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub product_id: ProductId,
    pub revision: Revision,
    /// `None` when it is not for sale: deleted, or known by its stock only.
    pub offer: Option<Offer>,
    pub position: Position,
}

/// At most `rows` products that changed after `position`.
pub async fn after(db: &impl ConnectionTrait, position: Position, rows: usize) -> Result<Vec<Change>, DbErr> {
    let query = format!(
        "SELECT c.product_id, p.id IS NOT NULL AND p.deleted_at IS NULL AS for_sale, {COLUMNS}
         FROM product_changes c
         LEFT JOIN products p ON p.id = c.product_id
         LEFT JOIN product_stock s ON s.product_id = c.product_id
         WHERE (c.change, c.product_id) > ($1, $2)
         ORDER BY c.change, c.product_id LIMIT {rows}"
    );
    let rows = db.query_all_raw(sql(&query, [position.change.into(), position.product.into()])).await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<Change, DbErr> {
    let product: Uuid = row.try_get("", "product_id")?;
    let offer = if row.try_get("", "for_sale")? { Some(Row::from_query_result(row, "")?.try_into()?) } else { None };
    let change = row.try_get("", "change")?;
    Ok(Change {
        product_id: ProductId::from_uuid(product),
        revision: Revision(change),
        offer,
        position: Position { change, product },
    })
}

/// The last change of a product; the one that `tx` made, if it made one.
pub async fn last(tx: &impl ConnectionTrait, id: ProductId) -> Result<Revision, DbErr> {
    let query = "SELECT change FROM product_changes WHERE product_id = $1";
    let row = tx.query_one_raw(sql(query, [id.uuid().into()])).await?;
    Ok(Revision(row.ok_or_else(|| DbErr::RecordNotFound("a change".to_owned()))?.try_get_by_index(0)?))
}
