//! Ids in paths.

use std::collections::HashMap;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use livemart_contracts::ids::{Id, Tag};

use crate::openapi::{Input, Operation, Schemas};
use crate::problem::NOT_FOUND;
use crate::{Problem, text};

/// The id in a path of one parameter. Text that is no such id names nothing, so it is answered 404.
pub struct PathId<T>(pub Id<T>);

impl<T: Tag, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let parameters = parameters(parts, state).await?;
        let id = parameters.values().find_map(|value| value.parse().ok());
        id.map(Self).ok_or_else(|| Problem::not_found("object"))
    }
}

/// The text in a path of one parameter, whatever it is.
pub struct PathText(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match parameters(parts, state).await?.into_values().next() {
            Some(text) if text::is_storable(&text) => Ok(Self(text)),
            _ => Err(Problem::not_found("object")),
        }
    }
}

async fn parameters<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<HashMap<String, String>, Problem> {
    let parameters = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
    parameters.map(|Path(parameters)| parameters).map_err(|rejection| match rejection {
        // Percent-encoded bytes that are no text.
        PathRejection::FailedToDeserializePathParams(_) => Problem::not_found("object"),
        _ => Problem::internal(&rejection),
    })
}

impl Input for PathText {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.takes_path_parameter(schemas.asked::<String>());
        operation.may_answer(&[NOT_FOUND]);
    }
}

impl<T: Tag> Input for PathId<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.takes_path_parameter(schemas.asked::<Id<T>>());
        operation.may_answer(&[NOT_FOUND]);
    }
}
