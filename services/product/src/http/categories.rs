//! `GET /api/v1/categories`: the tree of categories, and how many products are for sale in each and below it.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::domain::category::{Branch, MOST, tree};
use crate::error::Error;
use crate::store::categories;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CategoryTree")]
pub struct Tree {
    data: Vec<Branch>,
}

pub async fn show(State(catalogue): State<Catalogue>) -> Result<Json<Tree>, Error> {
    let db = catalogue.store.db();
    let (known, products) = tokio::try_join!(categories::list(db), categories::count(db, MOST as i64))?;
    Ok(Json(Tree { data: tree(&known, &products) }))
}
