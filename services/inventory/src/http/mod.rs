//! `/api/v1/stock`, one file per endpoint.

mod adjust_stock;
mod get_stock;
mod list_movements;

use axum::Router;
use axum::routing::{get, post};
use livemart_messaging::Store;
use livemart_runtime::Live;

use crate::config::Settings;

/// What the handlers share.
#[derive(Clone)]
struct Inventory {
    store: Store,
    settings: Live<Settings>,
}

pub fn router(store: Store, settings: Live<Settings>) -> Router {
    Router::new()
        .route("/api/v1/stock/{product_id}", get(get_stock::get_stock))
        .route(adjust_stock::ROUTE, post(adjust_stock::adjust_stock))
        .route("/api/v1/stock/{product_id}/movements", get(list_movements::list_movements))
        .with_state(Inventory { store, settings })
}
