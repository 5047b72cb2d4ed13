//! The catalogue: what it does with the events of others, one module per projection, and what its readers see.

#![expect(clippy::disallowed_methods, reason = "no service: the tasks of a test end with its process")]
#![allow(clippy::unwrap_used, reason = "helpers of tests may fail a test as tests do")]

mod cache;
mod categories;
mod fixture;
mod search;
mod stock_levels;

use livemart_product::config::{Config, Settings};
use livemart_runtime::Service;

fn service() -> Service {
    livemart_product::service(Config { redis_urls: Vec::new(), live: Settings { cache_seconds: 300 }.into() })
}

#[test]
fn no_projection_is_without_its_contract() {
    livemart_testing::contract::complete(&service(), &[stock_levels::contract::DURABLE]);
}
