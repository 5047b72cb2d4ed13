//! The routes: the gateway's own, and everything else, which is a service's.

mod forward;
mod request_id;
mod services;
mod token;

use axum::Router;
use axum::middleware;
use axum::routing::{any, get};
use livemart_contracts::Clock;

use crate::forward::Forwarder;

/// Every path is routed, rather than left to a fallback: fallbacks belong to the runtime.
pub fn router(forwarder: Forwarder, clock: Clock) -> Router {
    Router::new()
        .route("/api/v1/services", get(services::list))
        .route("/", any(forward::forward))
        .route("/{*path}", any(forward::forward))
        .layer(middleware::from_fn(token::check))
        .layer(middleware::from_fn_with_state(clock, request_id::name))
        .with_state(forwarder)
}
