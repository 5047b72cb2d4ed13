//! The order service: takes orders, and alone decides whether an order is confirmed, failed or cancelled.
//!
//! Read [`domain`] for the states of an order, then [`reactions`] for what moves it, [`deadline`] for what happens when
//! nothing does, [`waiting`] for who notices, [`http`] for what customers and staff can do, [`projections`] for
//! what it knows of products, payments and stock, [`lookout`] for how those who follow an order are told.

pub mod config;
mod deadline;
mod decide;
// Public for the simulator of `livemart-streams`, which drives these rules without servers.
pub mod domain;
mod error;
mod http;
mod lookout;
mod projections;
mod reactions;
mod store;
mod waiting;

use livemart_contracts::events::{
    OrderCancelled, OrderConfirmed, OrderCreated, OrderDelivered, OrderFailed, OrderShipped,
};
use livemart_runtime::{App, Service};

pub use config::Config;
use deadline::Deadline;
use projections::{Catalogue, Payments, StockEvents};
use reactions::{OnPaymentFailed, OnPaymentStalled, OnStockFailed, OnStockReserved, OnStockStalled, OnUserErased};
use waiting::Waiting;

pub fn service(config: Config) -> Service {
    let settings = config.live.clone();
    Service::named("order")
        .live(&config.live)
        .serves(&["/api/v1/orders", "/api/v1/cart"], http::routes(), move |app: &App| http::open(app, settings))
        .reacts(OnStockReserved)
        .reacts(OnStockFailed)
        .reacts(OnPaymentFailed)
        .reacts(OnPaymentStalled)
        .reacts(OnStockStalled)
        .reacts(OnUserErased)
        .projects(Catalogue)
        .projects(Payments)
        .projects(StockEvents)
        .watches(Deadline)
        .watches(Waiting)
        .emits::<(OrderCreated, OrderConfirmed, OrderFailed, OrderCancelled, OrderShipped, OrderDelivered)>()
}
