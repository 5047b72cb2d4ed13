//! The saga without servers: the real domain of order, payment and inventory on a bus in memory, under a schedule of faults
//! that a seed decides. Tens of thousands of sagas a second; a seed that ends badly ends badly again when it is replayed.
//!
//! # What is real
//!
//! The events, the rules of each service (`livemart_order::domain`, `livemart_payment::domain`,
//! `livemart_inventory::domain`), the sandbox provider's books, and which durable reads which subject (from the services'
//! declarations). What a reaction does around its rules with SQL is done here with maps, one function for each, named after
//! the file that it mirrors: [`orders`], [`payments`], [`inventory`], [`tasks`]. So a rule that is wrong is found here; a
//! statement that is wrong is found by the tests against real servers.
//!
//! # What is simulated
//!
//! Each shop has a few products and orders that compete for them, and its own [`weather`]: messages that are late, out of
//! order, delivered again, announced again under a new id, lost; services that die before and after a commit, relays that
//! publish late or twice, providers that decline, break down, act without answering or act late, customers who cancel at any
//! moment. Transactions run one at a time, in any order: what Postgres does about two at once is not simulated.
//!
//! At the end nothing is left to happen, or that is already a violation. Then the [rules](livemart_audit) for real shops are
//! applied to the [`books`], unless an event was lost for ever and a service never heard of an order; and [`invariants`] adds
//! what holds even then, and what real books do not tell. That this can fail is shown by breaking each [`Rule`] in turn.

mod books;
mod bus;
mod consuming;
mod fact;
mod invariants;
mod inventory;
mod log;
mod orders;
mod payments;
mod provider;
mod publishing;
mod rule;
mod shop;
mod step;
mod tally;
mod tasks;
mod time;
mod weather;

#[cfg(test)]
mod tests;

use livemart_audit::{always, settled};
use livemart_contracts::events::FailureCode;
use livemart_order::domain::Status;

pub use rule::Rule;
use shop::Shop;
pub use tally::Tally;

/// How the day of one shop ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub seed: u64,
    /// What went wrong, each with its order. Empty when all is well.
    pub violations: Vec<String>,
    /// What happened, if it was to be kept.
    pub log: Vec<String>,
    pub tally: Tally,
}

/// Runs the shop of `seed`, with one rule `broken` if that is to be seen.
pub fn run(seed: u64, broken: Option<Rule>, keep_log: bool) -> Outcome {
    let mut shop = Shop::open(seed, broken, keep_log);
    shop.run();
    let mut violations = std::mem::take(&mut shop.violations);
    violations.extend(invariants::check(&shop));
    if shop.weather.lost_event == 0.0 {
        let books = books::of(&shop);
        let broken = [always(&books), settled(&books, time::to_utc(shop.now))].concat();
        violations.extend(broken.iter().map(ToString::to_string));
    }
    Outcome { seed, violations, tally: tally(&shop), log: shop.log.unwrap_or_default() }
}

fn tally(shop: &Shop) -> Tally {
    let mut tally = Tally { events: shop.outbox.len() as u64, ..shop.tally };
    for row in shop.orders.rows() {
        tally.orders += 1;
        let counter = match (row.order.status, row.order.failure.as_ref().map(|failure| failure.code)) {
            (Status::Confirmed | Status::Shipped | Status::Delivered, _) => &mut tally.confirmed,
            (Status::Cancelled, _) => &mut tally.cancelled,
            (_, Some(FailureCode::PaymentDeclined)) => &mut tally.declined,
            (_, Some(FailureCode::OutOfStock)) => &mut tally.out_of_stock,
            (_, Some(FailureCode::TimedOut)) => &mut tally.timed_out,
            (Status::Pending | Status::Failed, None) => continue,
        };
        *counter += 1;
    }
    tally
}
