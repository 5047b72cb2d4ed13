//! `DELETE /api/v1/categories/{slug}` (admin): takes its name and place away. Products that name it stay as they are.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use livemart_web::Admin;

use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::store::categories;

pub async fn delete(
    _: Admin,
    Path(slug): Path<String>,
    State(catalogue): State<Catalogue>,
) -> Result<StatusCode, Error> {
    let work = catalogue.store.begin().await?;
    let known = categories::lock_in(work.tx()).await?;
    if !known.iter().any(|one| one.slug == slug) {
        return Err(Error::NoSuchCategory);
    }
    if known.iter().any(|one| one.parent.as_ref() == Some(&slug)) {
        return Err(Error::CategoryNotEmpty);
    }
    categories::delete_in(work.tx(), &slug).await?;
    work.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
