//! The catalogue: what the shop sells, at which price, and how many are left.
//!
//! Staff create, edit and delete products over HTTP; each change is announced with the product's snapshot, so that the
//! order service can price from a copy of its own. What is left comes the other way, from the inventory's events.
//!
//! Reading order: [`domain`] has the rules of a product, [`http`] one file per endpoint, [`projections`] what the
//! inventory tells, [`store`] the tables, [`error`] every refusal and its code.

pub mod config;
pub mod domain;
pub mod error;
pub mod http;
pub mod projections;
pub mod store;

use livemart_contracts::events::{ProductCreated, ProductDeleted, ProductUpdated};
use livemart_runtime::{App, Service};

use config::Config;
use projections::StockLevels;

pub fn service(_config: Config) -> Service {
    Service::named("product")
        .serves(&["/api/v1/products", "/api/v1/categories"], |app: &App| http::router(app.store.clone()))
        .projects(StockLevels)
        .emits::<(ProductCreated, ProductUpdated, ProductDeleted)>()
}
