//! Ids in paths.

use std::collections::HashMap;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use livemart_contracts::ids::{Id, Tag};

use crate::Problem;

/// The id in a path of one parameter. Text that is no such id names nothing, so it is answered 404.
pub struct PathId<T>(pub Id<T>);

impl<T: Tag, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let parameters = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let parameters = parameters.map_err(|rejection| match rejection {
            // Percent-encoded bytes that are no text.
            PathRejection::FailedToDeserializePathParams(_) => Problem::not_found("object"),
            _ => Problem::internal(&rejection),
        })?;
        let id = parameters.0.values().find_map(|value| value.parse().ok());
        id.map(Self).ok_or_else(|| Problem::not_found("object"))
    }
}
