//! `GET /.well-known/jwks.json`: the keys that verify access tokens, for those outside the shop.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use bytes::Bytes;

use super::Accounts;
use crate::error::Error;

type Answer = ([(HeaderName, HeaderValue); 2], Bytes);

pub async fn handle(State(Accounts { authority, .. }): State<Accounts>) -> Result<Answer, Error> {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    Ok((headers, authority.jwks()?))
}
