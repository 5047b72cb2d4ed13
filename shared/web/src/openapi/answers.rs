//! Answers that everybody gives.

use axum::Json;
use axum::http::{HeaderName, StatusCode};
use axum::response::NoContent;
use schemars::JsonSchema;

use super::handler::Output;
use super::operation::Operation;
use super::schemas::Schemas;

impl<T: JsonSchema> Output for Json<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.answers(StatusCode::OK).json(schemas.answered::<T>());
    }
}

/// Nothing but a status.
impl Output for () {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.answers(StatusCode::OK);
    }
}

impl Output for NoContent {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.answers(StatusCode::NO_CONTENT);
    }
}

/// Headers that are for caches and proxies rather than for programs.
impl<T: Output, V, const N: usize> Output for ([(HeaderName, V); N], T) {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        T::describe(operation, schemas);
    }
}
