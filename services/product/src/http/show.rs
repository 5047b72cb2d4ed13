//! `GET /api/v1/products/{id}`: one product, or 304 when the client has it already.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use livemart_contracts::ids::Product;
use livemart_web::PathId;

use super::preconditions::{IfNoneMatch, Tag};
use super::representation::{represent, validators};
use crate::catalogue::Catalogue;
use crate::error::Error;

pub async fn show(
    PathId(id): PathId<Product>,
    known: IfNoneMatch,
    State(catalogue): State<Catalogue>,
) -> Result<Response, Error> {
    let offer = catalogue.cache.find(id).await?.ok_or(Error::NotFound)?;
    if known.has(Tag::of(&offer)) {
        return Ok((StatusCode::NOT_MODIFIED, validators(&offer)).into_response());
    }
    Ok(represent(offer))
}
