//! `GET /api/v1/categories`: the names that products for sale give as theirs, and how many there are of each.

use axum::Json;
use axum::extract::State;
use livemart_web::{Page, PageQuery, Problem};
use serde::{Deserialize, Serialize};

use crate::catalogue::Catalogue;
use crate::domain::details;
use crate::error::Error;
use crate::store::categories;

#[derive(Debug, Serialize)]
pub struct Category {
    name: String,
    products: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    name: String,
}

pub async fn list(query: PageQuery, State(catalogue): State<Catalogue>) -> Result<Json<Page<Category>>, Problem> {
    let after = query.cursor::<Cursor>()?.map(|cursor| cursor.name).unwrap_or_default();
    if !after.is_empty()
        && let Some(breach) = details::category("cursor", &after)
    {
        return Err(Error::Invalid(vec![breach]).into());
    }
    let rows = categories::list(catalogue.store.db(), &after, query.rows_to_read()).await?;
    let rows = rows.into_iter().map(|row| Category { name: row.name, products: row.products }).collect();
    Ok(Json(Page::new(&query, rows, |category: &Category| Cursor { name: category.name.clone() })))
}
