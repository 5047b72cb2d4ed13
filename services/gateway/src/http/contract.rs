//! `GET /openapi.json`: the contract of the whole shop.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use livemart_web::openapi::{Operation, Output, Schemas};
use schemars::json_schema;

use crate::contract::DOCUMENT;

pub struct Contract;

impl IntoResponse for Contract {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], DOCUMENT).into_response()
    }
}

impl Output for Contract {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.answers(StatusCode::OK).json(json_schema!({ "type": "object" }));
    }
}

pub async fn show() -> Contract {
    Contract
}
