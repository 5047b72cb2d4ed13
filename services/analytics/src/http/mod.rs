//! The endpoints, one file each: figures for the staff, and the timeline of an order for its customer as well.

mod asked;
mod funnel;
mod money;
mod products;
mod sagas;
mod sales;
mod timeline;

use livemart_messaging::Store;
use livemart_web::openapi::{Routes, operation};

pub fn routes() -> Routes<Store> {
    Routes::new()
        .get("/api/v1/analytics/sales", sales::sales, operation("show_sales", "What was sold, and what became of it"))
        .get(
            "/api/v1/analytics/products",
            products::products,
            operation("list_best_sellers", "Products by the units that stayed sold"),
        )
        .get("/api/v1/analytics/funnel", funnel::funnel, operation("show_funnel", "How far the orders of a time came"))
        .get(
            "/api/v1/analytics/sagas",
            sagas::sagas,
            operation("show_sagas", "How the sagas of a time ended, and how long they took"),
        )
        .get(
            "/api/v1/analytics/orders/{id}/timeline",
            timeline::timeline,
            operation("show_timeline", "The saga of one order, event by event"),
        )
}
