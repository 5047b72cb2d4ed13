//! The admin port: health and metrics, never reached through the gateway.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use livemart_web::health::{self, Health};
use prometheus::TextEncoder;

pub(crate) fn router(health: Health) -> Router {
    health::router(health).route("/metrics", get(metrics))
}

async fn metrics() -> impl IntoResponse {
    match TextEncoder::new().encode_to_string(&prometheus::gather()) {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
