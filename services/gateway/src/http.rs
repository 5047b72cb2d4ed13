//! The routes: the gateway's own, and everything else, which is a service's.

mod contract;
mod cors;
mod docs;
mod forward;
pub mod limit;
mod request_id;
mod security;
mod services;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use livemart_contracts::Clock;
use livemart_runtime::Live;
use livemart_web::openapi::{Document, Routes, operation};

use crate::client;
use crate::config::{Scheme, Settings};
use crate::forward::Forwarder;
use crate::limits::Limits;

fn routes() -> Routes<Forwarder> {
    Routes::new()
        .get("/api/v1/services", services::list, operation("list_services", "Who runs, and how the gateway sees them"))
        .get("/openapi.json", contract::show, operation("show_contract", "This document"))
        .get("/docs", docs::page, operation("show_docs", "A page to browse this document and try what it says"))
}

/// What the gateway answers by itself.
pub fn contract() -> Document {
    routes().into_parts("gateway").1
}

/// Every path is routed, rather than left to a fallback: fallbacks belong to the runtime. What surrounds the routes is
/// listed from the inside out.
pub fn router(forwarder: Forwarder, limits: Limits, settings: Live<Settings>, scheme: Scheme, clock: Clock) -> Router {
    let (own, _) = routes().into_parts("gateway");
    let router = own
        .route("/docs/{file}", get(docs::file))
        .route("/", any(forward::forward))
        .route("/{*path}", any(forward::forward))
        .layer(from_fn_with_state(Arc::new(limits), limit::check))
        .layer(from_fn_with_state(cors::layer(settings.clone()), cors::check))
        .layer(from_fn_with_state(settings, client::find))
        .with_state(forwarder);
    security::secured(router, scheme).layer(from_fn_with_state(clock, request_id::name))
}
