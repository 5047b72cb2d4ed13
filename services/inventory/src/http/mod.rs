//! `/api/v1/stock`, one file per endpoint.

mod adjust_stock;
mod get_stock;
mod list_movements;

use livemart_messaging::Store;
use livemart_runtime::Live;
use livemart_web::openapi::{Routes, operation};

use crate::config::Settings;
use crate::error::{BELOW_RESERVED, TOO_LARGE};

/// What the handlers share.
#[derive(Clone)]
pub struct Inventory {
    pub store: Store,
    pub settings: Live<Settings>,
}

pub fn routes() -> Routes<Inventory> {
    Routes::new()
        .get("/api/v1/stock/{product_id}", get_stock::get_stock, operation("show_stock", "The levels of a product"))
        .post(
            adjust_stock::ROUTE,
            adjust_stock::adjust_stock,
            operation("adjust_stock", "Say what was counted, bought or written off")
                .refuses(&[BELOW_RESERVED, TOO_LARGE]),
        )
        .get(
            "/api/v1/stock/{product_id}/movements",
            list_movements::list_movements,
            operation("list_movements", "The ledger of a product, newest first"),
        )
}
