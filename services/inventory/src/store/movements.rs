//! The ledger.

use chrono::{DateTime, Utc};
use livemart_contracts::{OrderId, ProductId, UserId};
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::unreadable;
use crate::domain::{Adjustment, Change, Kind, Movement};

/// An entry of the ledger as stored. Ids grow with each change of the product.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Entry {
    pub id: i64,
    pub kind: String,
    pub on_hand: i64,
    pub reserved: i64,
    pub order_id: Option<Uuid>,
    pub admin_id: Option<Uuid>,
    pub reason: Option<String>,
    pub at: DateTime<Utc>,
}

/// Records what orders did. The rows of their products are locked, which is what puts the entries in order.
pub async fn insert_in(tx: &impl ConnectionTrait, movements: &[&Movement], now: DateTime<Utc>) -> Result<(), DbErr> {
    let products: Vec<Uuid> = movements.iter().map(|movement| movement.product_id.uuid()).collect();
    let kinds: Vec<String> = movements.iter().map(|movement| movement.kind.as_str().to_owned()).collect();
    let on_hand: Vec<i64> = movements.iter().map(|movement| movement.change.on_hand).collect();
    let reserved: Vec<i64> = movements.iter().map(|movement| movement.change.reserved).collect();
    let orders: Vec<Uuid> = movements.iter().map(|movement| movement.order_id.uuid()).collect();
    tx.execute_raw(sql(
        "INSERT INTO movements (product_id, kind, on_hand, reserved, order_id, at)
         SELECT product_id, kind, on_hand, reserved, order_id, $6
         FROM unnest($1, $2, $3, $4, $5) AS moved (product_id, kind, on_hand, reserved, order_id)",
        [products.into(), kinds.into(), on_hand.into(), reserved.into(), orders.into(), now.into()],
    ))
    .await?;
    Ok(())
}

/// Records what `admin` did, and answers the entry's id.
pub async fn adjust_in(
    tx: &impl ConnectionTrait,
    product_id: ProductId,
    adjustment: &Adjustment,
    admin: UserId,
    now: DateTime<Utc>,
) -> Result<i64, DbErr> {
    let Change { on_hand, reserved } = adjustment.change();
    let row = tx
        .query_one_raw(sql(
            "INSERT INTO movements (product_id, kind, on_hand, reserved, admin_id, reason, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             RETURNING id",
            [
                product_id.uuid().into(),
                Kind::Adjustment.as_str().into(),
                on_hand.into(),
                reserved.into(),
                admin.uuid().into(),
                adjustment.reason.as_str().into(),
                now.into(),
            ],
        ))
        .await?;
    row.ok_or_else(|| unreadable("movements", "an insert returned no row"))?.try_get_by_index(0)
}

/// The newest entries of a product, those before the entry `before` where one is given.
pub async fn list(
    db: &impl ConnectionTrait,
    product_id: ProductId,
    before: Option<i64>,
    at_most: i64,
) -> Result<Vec<Entry>, DbErr> {
    Entry::find_by_statement(sql(
        "SELECT id, kind, on_hand, reserved, order_id, admin_id, reason, at FROM movements
         WHERE product_id = $1 AND id < $2
         ORDER BY id DESC
         LIMIT $3",
        [product_id.uuid().into(), before.unwrap_or(i64::MAX).into(), at_most.into()],
    ))
    .all(db)
    .await
}

impl Entry {
    pub fn order_id(&self) -> Option<OrderId> {
        self.order_id.map(OrderId::from)
    }

    pub fn admin_id(&self) -> Option<UserId> {
        self.admin_id.map(UserId::from)
    }
}
