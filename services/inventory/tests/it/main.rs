//! What the inventory does with the events of others, one module per reaction.

mod goods;
mod low_stock;
mod order_cancelled;
mod order_confirmed;
mod order_failed;
mod payment_authorized;
mod payment_refunded;
mod product_created;

use livemart_inventory::config::{Config, Settings};
use livemart_runtime::Service;

/// Fewer than the scenarios leave on the shelf, unless they mean to.
const LOW_STOCK: u32 = 5;

/// Without Redis: its locks are a help, and stock is as right without them.
fn service() -> Service {
    let settings = Settings { stalled_after: 120, low_stock: LOW_STOCK };
    livemart_inventory::service(Config { redis_urls: Vec::new(), live: settings.into() })
}

#[test]
fn no_reaction_is_without_its_contract() {
    livemart_testing::contract::complete(
        &service(),
        &[
            order_cancelled::contract::DURABLE,
            order_confirmed::contract::DURABLE,
            order_failed::contract::DURABLE,
            payment_authorized::contract::DURABLE,
            payment_refunded::contract::DURABLE,
            product_created::contract::DURABLE,
        ],
    );
}
