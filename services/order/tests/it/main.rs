//! What the order service does with the events of others, one module per reaction and projection.

mod catalogue;
mod orders;
mod payment_failed;
mod payment_stalled;
mod payments;
mod stock_events;
mod stock_failed;
mod stock_reserved;
mod stock_stalled;
mod user_erased;

use livemart_order::config::{Config, Settings};
use livemart_runtime::Service;

fn service() -> Service {
    livemart_order::service(Config { live: Settings { deadline_seconds: 60 }.into() })
}

#[test]
fn no_reaction_and_no_projection_is_without_its_contract() {
    livemart_testing::contract::complete(
        &service(),
        &[
            catalogue::contract::DURABLE,
            payment_failed::contract::DURABLE,
            payment_stalled::contract::DURABLE,
            payments::contract::DURABLE,
            stock_events::contract::DURABLE,
            stock_failed::contract::DURABLE,
            stock_reserved::contract::DURABLE,
            stock_stalled::contract::DURABLE,
            user_erased::contract::DURABLE,
        ],
    );
}
