//! Pages of other origins (<https://fetch.spec.whatwg.org/#http-cors-protocol>): which of them may call, and with what.
//!
//! Credentials are never allowed: a caller is known by a token that the page itself puts into the request, and nothing that a
//! browser adds by itself, such as a cookie, means anything here. So `*` is as safe as a list.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH,
    LOCATION, ORIGIN, RETRY_AFTER,
};
use axum::http::{HeaderName, Method};
use axum::middleware::Next;
use axum::response::Response;
use livemart_runtime::Live;
use livemart_web::request::X_REQUEST_ID;
use tower::{Layer, ServiceExt};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::limit::{RATELIMIT, RATELIMIT_POLICY};
use crate::config::Settings;

const METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
/// What a page may send, beside what needs no asking.
const SENT: [HeaderName; 9] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    IF_MATCH,
    IF_NONE_MATCH,
    ACCEPT_LANGUAGE,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("last-event-id"),
    HeaderName::from_static("traceparent"),
    X_REQUEST_ID,
];
/// What a page may read.
const READ: [HeaderName; 8] = [
    LOCATION,
    ETAG,
    RETRY_AFTER,
    RATELIMIT,
    RATELIMIT_POLICY,
    HeaderName::from_static("idempotent-replayed"),
    HeaderName::from_static("traceparent"),
    X_REQUEST_ID,
];
/// For which a browser need not ask again. Chromium asks after two hours at the latest.
const ASKED_FOR: Duration = Duration::from_secs(10 * 60);

pub fn layer(settings: Live<Settings>) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| settings.get().welcomes(origin)))
        .allow_methods(METHODS)
        .allow_headers(SENT)
        .expose_headers(READ)
        .max_age(ASKED_FOR)
}

/// Answers preflights, and says on other answers who may read them. What comes from no page is none of its business.
pub async fn check(State(cors): State<CorsLayer>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_preflight = headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if !headers.contains_key(ORIGIN) || (request.method() == Method::OPTIONS && !is_preflight) {
        return next.run(request).await;
    }
    cors.layer(next).oneshot(request).await.unwrap_or_else(|never| match never {})
}
