//! The analytics service: what was sold, how far orders came, how long it took, and the timeline of an order.
//!
//! All of it from events, by projections alone: it decides nothing and tells nobody anything. Three of them follow orders,
//! one for each stream of the saga; [`domain`] has what is known of an order and what it adds to the figures. Both depend on
//! which facts arrived and not on their order or number, so a duplicate changes nothing and a replay ends where the first
//! run ended.
//!
//! An order counts in the hour in which it was made, whatever happens to it later: what is cancelled or refunded is taken
//! out of the interval that it was sold in.
//!
//! Reading order: [`domain`], [`projections`] for the way of a batch, [`store`] for the tables and the questions to them,
//! [`http`] with one file per endpoint.

pub mod config;
pub mod domain;
pub mod http;
pub mod projections;
pub mod store;

use livemart_runtime::{App, Service};

pub use config::Config;
use projections::{Orders, Payments, Products, Stock};

pub fn service(_config: Config) -> Service {
    Service::named("analytics")
        .serves(&["/api/v1/analytics"], http::routes(), |app: &App| app.store.clone())
        .projects(Orders)
        .projects(Payments)
        .projects(Stock)
        .projects(Products)
}
