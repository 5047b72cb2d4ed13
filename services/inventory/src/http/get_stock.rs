//! `GET /stock/{product_id}`: the levels of a product, for everybody.

use axum::Json;
use axum::extract::State;
use livemart_contracts::ProductId;
use livemart_contracts::ids::Product;
use livemart_web::PathId;
use schemars::JsonSchema;
use serde::Serialize;

use super::Inventory;
use crate::domain::Level;
use crate::error::Error;
use crate::store::stock;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Stock")]
pub struct Output {
    product_id: ProductId,
    on_hand: i64,
    reserved: i64,
    available: i64,
}

impl Output {
    pub fn new(product_id: ProductId, level: Level) -> Self {
        let Level { on_hand, reserved } = level;
        Self { product_id, on_hand, reserved, available: level.available() }
    }
}

pub async fn get_stock(
    State(Inventory { store, .. }): State<Inventory>,
    PathId(product_id): PathId<Product>,
) -> Result<Json<Output>, Error> {
    let stock = stock::find(store.db(), product_id).await?.ok_or(Error::UnknownProduct)?;
    Ok(Json(Output::new(product_id, stock.level)))
}
