//! `PUT /api/v1/categories/{slug}` (admin): makes a category, or gives it another name or place.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use livemart_contracts::events::LocalizedText;
use livemart_web::{Admin, Body};
use serde::Deserialize;

use crate::catalogue::Catalogue;
use crate::domain::Category;
use crate::domain::category::MOST;
use crate::error::Error;
use crate::store::categories;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    name: LocalizedText,
    #[serde(default)]
    parent: Option<String>,
}

pub async fn put(
    _: Admin,
    Path(slug): Path<String>,
    State(catalogue): State<Catalogue>,
    Body(Wanted { name, parent }): Body<Wanted>,
) -> Result<(StatusCode, Json<Category>), Error> {
    let category = Category { slug, parent, name }.check()?;
    let work = catalogue.store.begin().await?;
    let known = categories::lock_in(work.tx()).await?;
    category.check_place(&known).map_err(|misplaced| Error::Invalid(vec![misplaced.into()]))?;
    let is_new = !known.iter().any(|one| one.slug == category.slug);
    if is_new && known.len() >= MOST {
        return Err(Error::TooManyCategories);
    }
    categories::put_in(work.tx(), &category).await?;
    work.commit().await?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(category)))
}
