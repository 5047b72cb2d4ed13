//! What tests stand on: real servers, whole shops, and the rules that hold in a shop whatever happens to it.
//!
//! A test is an ordinary `#[test]` whose body runs on the one runtime of the test process ([`run`]), because the
//! servers that tests share are kept by tasks that have to outlive the test that started them:
//!
//! ```no_run
//! use livemart_testing::{Shop, run};
//!
//! fn an_order_of_a_good_card_is_confirmed() {
//!     run(async {
//!         let shop = Shop::open().await;
//!         let product = shop.product(15_900, 10).await;
//!         let customer = shop.customer().await;
//!         let order = customer.places(&[(product, 2)], "pm_card_visa").await;
//!         customer.sees(order, "confirmed").await;
//!         shop.close().await; // checks the invariants, and that no service logged an error
//!     });
//! }
//! ```
//!
//! To read: [`servers()`] for a database or a broker of one's own, [`Shop`] for all services on servers of their own,
//! [`Customer`] and [`Staff`] for who uses it, [`MailCatcher`] for what they are written, [`StripeMock`] for what is
//! said to Stripe, [`ChromeDriver`] for pages in a real browser, [`eventually()`] for waiting,
//! [`livemart_audit`] for what must hold, [`contract`] for what every reaction keeps.
//!
//! Nothing here returns an error: what a test needs and cannot have fails it, with what to do about it.

#![expect(
    clippy::disallowed_methods,
    reason = "no service: tests take the time and publish as they like, and their tasks end with the process"
)]

mod broker;
mod chromedriver;
mod client;
pub mod contract;
mod database;
mod eventually;
mod mail;
mod runtime;
mod servers;
mod shop;
mod stripe_mock;

pub use broker::{Broker, connect, nats};
pub use chromedriver::ChromeDriver;
pub use client::{Answer, Api, Customer, Lines, Staff};
pub use database::{Database, database};
pub use eventually::{PATIENCE, eventually, eventually_within};
pub use mail::{Mail, MailCatcher};
pub use runtime::run;
pub use servers::{TestServers, binaries, repository, servers};
pub use shop::Shop;
pub use stripe_mock::StripeMock;
