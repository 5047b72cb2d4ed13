//! What the catalogue does with the events of others, one module per projection.

mod stock_levels;

use livemart_product::config::Config;
use livemart_runtime::Service;

fn service() -> Service {
    livemart_product::service(Config {})
}

#[test]
fn no_projection_is_without_its_contract() {
    livemart_testing::contract::complete(&service(), &[stock_levels::contract::DURABLE]);
}
