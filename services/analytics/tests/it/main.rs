//! What analytics makes of the events of others, one module per projection, and of the questions to it, one per endpoint.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail a test as tests do")]

mod fixture;
mod orders;
mod payments;
mod products;
mod stock;

mod any_order;
mod best_sellers;
mod funnel;
mod sagas;
mod sales;
mod timeline;

use livemart_analytics::Config;
use livemart_runtime::Service;

fn service() -> Service {
    livemart_analytics::service(Config {})
}

#[test]
fn no_projection_is_without_its_contract() {
    livemart_testing::contract::complete(
        &service(),
        &[
            orders::contract::DURABLE,
            payments::contract::DURABLE,
            products::contract::DURABLE,
            stock::contract::DURABLE,
        ],
    );
}
