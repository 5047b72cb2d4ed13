//! `DELETE /api/v1/categories/{slug}` (admin): takes its name and place away. Products that name it stay as they are.

use axum::extract::State;
use axum::response::NoContent;
use livemart_web::{Admin, PathText};

use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::store::categories;

pub async fn delete(
    _: Admin,
    PathText(slug): PathText,
    State(catalogue): State<Catalogue>,
) -> Result<NoContent, Error> {
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
    Ok(NoContent)
}
