//! `GET /stock/{product_id}/movements`: the ledger of a product, newest first, for the staff.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use livemart_contracts::ids::Product;
use livemart_contracts::{OrderId, UserId};
use livemart_web::{Admin, Page, PageQuery, PathId};
use schemars::JsonSchema;
use serde::Serialize;

use super::Inventory;
use crate::error::Error;
use crate::store::movements::{self, Entry};
use crate::store::stock;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StockMovement")]
pub struct Output {
    movement_id: i64,
    kind: String,
    /// What was added to `on_hand` and to `reserved`; over all movements these sum up to the levels.
    on_hand: i64,
    reserved: i64,
    order_id: Option<OrderId>,
    admin_id: Option<UserId>,
    reason: Option<String>,
    at: DateTime<Utc>,
}

impl From<Entry> for Output {
    fn from(entry: Entry) -> Self {
        Self {
            movement_id: entry.id,
            order_id: entry.order_id(),
            admin_id: entry.admin_id(),
            kind: entry.kind,
            on_hand: entry.on_hand,
            reserved: entry.reserved,
            reason: entry.reason,
            at: entry.at,
        }
    }
}

pub async fn list_movements(
    State(Inventory { store, .. }): State<Inventory>,
    Admin(_): Admin,
    PathId(product_id): PathId<Product>,
    query: PageQuery,
) -> Result<Json<Page<Output>>, Error> {
    let before = query.cursor::<i64>()?;
    if stock::find(store.db(), product_id).await?.is_none() {
        return Err(Error::UnknownProduct);
    }
    let entries = movements::list(store.db(), product_id, before, query.rows_to_read()).await?;
    let rows = entries.into_iter().map(Output::from).collect();
    Ok(Json(Page::new(&query, rows, |movement: &Output| movement.movement_id)))
}
