//! The staff's pages. They offer what an account may do; the API decides it.

mod figures;
mod order;
mod orders;
mod products;
mod stock;

use axum::Router;
use axum::routing::{get, post};

use crate::visitor::Shop;

pub fn routes() -> Router<Shop> {
    Router::new()
        .route("/orders", get(orders::show))
        .route("/find", get(orders::find))
        .route("/orders/{id}", get(order::show))
        .route("/orders/{id}/ship", post(order::ship))
        .route("/orders/{id}/deliver", post(order::deliver))
        .route("/orders/{id}/refunds", post(order::give_back))
        .route("/stock", get(stock::show))
        .route("/stock/{product}", get(stock::shelf).post(stock::adjust))
        .route("/figures", get(figures::show))
        .route("/products/new", get(products::new))
        .route("/products", post(products::create))
        .route("/products/{id}", get(products::edit).post(products::change))
        .route("/products/{id}/off-sale", post(products::off_sale))
}
