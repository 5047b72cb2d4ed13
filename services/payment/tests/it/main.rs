//! What the payment service does with the events of others, one module per reaction.

mod order_cancelled;
mod order_confirmed;
mod order_created;
mod order_failed;
mod payments;
mod stock_failed;

use livemart_payment::config::{Config, ProviderName, Settings};
use livemart_runtime::Service;

fn service() -> Service {
    livemart_payment::service(Config {
        provider: ProviderName::Sandbox,
        sandbox_database_url: None,
        live: Settings { stalled_after_seconds: 30 }.into(),
    })
}

#[test]
fn no_reaction_is_without_its_contract() {
    livemart_testing::contract::complete(
        &service(),
        &[
            order_cancelled::contract::DURABLE,
            order_confirmed::contract::DURABLE,
            order_created::contract::DURABLE,
            order_failed::contract::DURABLE,
            stock_failed::contract::DURABLE,
        ],
    );
}
