//! The catalogue: what the shop sells, at which price, and how many are left.
//!
//! Staff create, edit and delete products over HTTP; each change is announced with the product's snapshot, so that the
//! order service can price from a copy of its own. What is left comes the other way, from the inventory's events.
//!
//! Who writes and who reads do not get in each other's way: lists, search and suggestions are answered from an index in
//! memory, single products from Redis, both kept up by reading what changed in the tables.
//!
//! Reading order: [`domain`] has the rules of a product, [`http`] one file per endpoint, [`projections`] what the
//! inventory tells, [`store`] the tables; then the query side: [`following`] keeps a replica up to date, [`search`] is
//! its index, [`cache`] stands in front of single products, [`catalogue`] puts them together; [`error`] has every refusal
//! and its code.

pub mod cache;
pub mod catalogue;
pub mod config;
pub mod domain;
pub mod error;
pub mod following;
pub mod http;
mod metrics;
pub mod projections;
pub mod search;
pub mod store;

use std::sync::{Arc, OnceLock};

use livemart_contracts::events::{ProductCreated, ProductDeleted, ProductUpdated};
use livemart_runtime::{App, Service};

use catalogue::Catalogue;
use config::Config;
use following::{KeepsUp, Known};
use projections::StockLevels;

pub fn service(config: Config) -> Service {
    let known = Known::default();
    let opened = Arc::new(OnceLock::new());
    let catalogue = Arc::clone(&opened);
    Service::named("product")
        .live(&config.live)
        .serves(&["/api/v1/products", "/api/v1/categories"], http::routes(), move |_: &App| {
            let catalogue = catalogue.get().unwrap_or_else(|| unreachable!("a service starts before it serves"));
            Catalogue::clone(catalogue)
        })
        .projects(StockLevels)
        .emits::<(ProductCreated, ProductUpdated, ProductDeleted)>()
        .ready_while(KeepsUp(known.clone()))
        .starts(move |app| open(app, config, known, opened))
}

/// Builds the index: until it holds everything, nothing is served.
async fn open(app: App, config: Config, known: Known, opened: Arc<OnceLock<Catalogue>>) -> anyhow::Result<()> {
    let (catalogue, mut follower) = Catalogue::new(app.store, known, &config)?;
    follower.catch_up().await?;
    app.edge.spawn("following", follower.run(app.edge.stop()));
    opened.get_or_init(|| catalogue);
    Ok(())
}
