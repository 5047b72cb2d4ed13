//! The public port of a service: what surrounds every route.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router, middleware};
use livemart_web::{Authenticate, Problem, request};
use tower_http::catch_panic::CatchPanicLayer;

use crate::unread;

/// The largest body that a service reads: an order of a thousand lines is a tenth of it.
const BODY_LIMIT: usize = 256 * 1024;
/// Beyond this the client has left.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// Wraps `router` with what every service has, outermost last.
pub(crate) fn surround(router: Router, authenticate: Arc<dyn Authenticate>) -> Router {
    router
        .fallback(request::unknown_path)
        .method_not_allowed_fallback(request::method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(Extension(authenticate))
        .layer(middleware::from_fn(limit_time))
        .layer(CatchPanicLayer::custom(|panic: Box<dyn std::any::Any + Send>| {
            let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref().copied());
            Problem::internal(&text.unwrap_or("a handler panicked")).into_response()
        }))
        .layer(middleware::from_fn(request::finish))
        .layer(middleware::from_fn(unread::discard))
}

async fn limit_time(request: axum::extract::Request, next: middleware::Next) -> Response {
    tokio::time::timeout(REQUEST_LIMIT, next.run(request)).await.unwrap_or_else(|_| {
        request::REQUEST_TIMED_OUT.problem(format!("no answer within {} s", REQUEST_LIMIT.as_secs())).into_response()
    })
}
