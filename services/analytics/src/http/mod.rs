//! The endpoints, one file each: figures for the staff, and the timeline of an order for its customer as well.

mod asked;
mod funnel;
mod money;
mod products;
mod sagas;
mod sales;
mod timeline;

use axum::Router;
use axum::routing::get;
use livemart_messaging::Store;

pub fn router(store: Store) -> Router {
    Router::new()
        .route("/api/v1/analytics/sales", get(sales::sales))
        .route("/api/v1/analytics/products", get(products::products))
        .route("/api/v1/analytics/funnel", get(funnel::funnel))
        .route("/api/v1/analytics/sagas", get(sagas::sagas))
        .route("/api/v1/analytics/orders/{id}/timeline", get(timeline::timeline))
        .with_state(store)
}
