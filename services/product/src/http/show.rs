//! `GET /api/v1/products/{id}`: one product, or 304 when the client has it already.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use livemart_contracts::ids::Product;
use livemart_web::PathId;
use livemart_web::openapi::{Operation, Output, Schemas};

use super::preconditions::{IfNoneMatch, Tag};
use super::representation::{Represented, validators};
use crate::catalogue::Catalogue;
use crate::error::Error;

pub enum Shown {
    Product(Represented),
    NotModified([(HeaderName, String); 2]),
}

impl IntoResponse for Shown {
    fn into_response(self) -> Response {
        match self {
            Self::Product(product) => product.into_response(),
            Self::NotModified(validators) => (StatusCode::NOT_MODIFIED, validators).into_response(),
        }
    }
}

impl Output for Shown {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        Represented::describe(operation, schemas);
        operation.answers(StatusCode::NOT_MODIFIED).means("The client has this version already.");
    }
}

pub async fn show(
    PathId(id): PathId<Product>,
    known: IfNoneMatch,
    State(catalogue): State<Catalogue>,
) -> Result<Shown, Error> {
    let offer = catalogue.cache.find(id).await?.ok_or(Error::NotFound)?;
    if known.has(Tag::of(&offer)) {
        return Ok(Shown::NotModified(validators(&offer)));
    }
    Ok(Shown::Product(Represented(offer)))
}
