//! The routes: the gateway's own, and everything else, which is a service's.

mod cors;
mod forward;
mod limit;
mod request_id;
mod security;
mod services;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use livemart_contracts::Clock;
use livemart_runtime::Live;

use crate::client;
use crate::config::{Scheme, Settings};
use crate::forward::Forwarder;
use crate::limits::Limits;

/// Every path is routed, rather than left to a fallback: fallbacks belong to the runtime. What surrounds the routes is
/// listed from the inside out.
pub fn router(forwarder: Forwarder, limits: Limits, settings: Live<Settings>, scheme: Scheme, clock: Clock) -> Router {
    let router = Router::new()
        .route("/api/v1/services", get(services::list))
        .route("/", any(forward::forward))
        .route("/{*path}", any(forward::forward))
        .layer(from_fn_with_state(Arc::new(limits), limit::check))
        .layer(from_fn_with_state(cors::layer(settings.clone()), cors::check))
        .layer(from_fn_with_state(settings, client::find))
        .with_state(forwarder);
    security::secured(router, scheme).layer(from_fn_with_state(clock, request_id::name))
}
