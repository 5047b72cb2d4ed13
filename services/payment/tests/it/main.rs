//! What the payment service does with the events of others, one module per reaction; then what it says to the providers, and
//! what it makes of their answers, their webhooks and their books.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail a test as tests do")]
#![expect(clippy::disallowed_methods, reason = "no service: what a test spawns ends with it")]

mod double;
mod order_cancelled;
mod order_confirmed;
mod order_created;
mod order_failed;
mod payments;
mod reconcile;
mod shop;
mod stock_failed;
mod stripe;
mod stripe_double;
mod stripe_mock;
mod stripe_shop;
mod toss;
mod toss_double;
mod toss_shop;

use clap::Parser;
use livemart_payment::Config;
use livemart_runtime::Service;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    config: Config,
}

/// As it is without configuration.
fn service() -> Service {
    livemart_payment::service(Cli::parse_from(["payment"]).config)
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
