//! `GET /.well-known/jwks.json`: the keys that verify access tokens, for those outside the shop.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use livemart_web::openapi::{Operation, Output, Schemas};
use schemars::json_schema;

use super::Accounts;
use crate::error::Error;

const MEDIA_TYPE: &str = "application/jwk-set+json";
const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)),
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
];

pub struct KeySet(Bytes);

impl IntoResponse for KeySet {
    fn into_response(self) -> Response {
        (HEADERS, self.0).into_response()
    }
}

impl Output for KeySet {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        let keys =
            json_schema!({ "type": "object", "properties": { "keys": { "type": "array" } }, "required": ["keys"] });
        operation.answers(StatusCode::OK).content(MEDIA_TYPE, keys);
    }
}

pub async fn handle(State(Accounts { authority, .. }): State<Accounts>) -> Result<KeySet, Error> {
    Ok(KeySet(authority.jwks()?))
}
