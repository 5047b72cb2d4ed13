//! What the notification service does with the events of others, one module per reaction and projection; then what leaves
//! the shop, with real mail servers, receivers and readers.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail a test as tests do")]
#![expect(clippy::disallowed_methods, reason = "no service: what a test spawns ends with it")]

mod desk;
mod inbox;
mod mail;
mod order_cancelled;
mod order_confirmed;
mod order_delivered;
mod order_failed;
mod order_shipped;
mod payment_refunded;
mod people;
mod receiver;
mod recipients;
mod stale;
mod stock_low;
mod stream;
mod user_erased;
mod user_registered;
mod webhooks;
mod webhooks_orders;
mod webhooks_payments;
mod webhooks_products;
mod webhooks_stock;

use livemart_notification::config::{Config, Settings};
use livemart_notification::texts::Locale;
use livemart_runtime::Service;

/// With a mail server, so that there is something to ask for; nobody performs it.
fn service() -> Service {
    livemart_notification::service(Config {
        smtp_url: Some("smtp://127.0.0.1:1".to_owned().into()),
        from: "shop@livemart.example".parse().unwrap(),
        staff_address: Some("staff@livemart.example".parse().unwrap()),
        private_webhooks: false,
        live: Settings { locale: Locale::En, oldest_event_hours: 72 }.into(),
    })
}

#[test]
fn no_reaction_and_no_projection_is_without_its_contract() {
    livemart_testing::contract::complete(
        &service(),
        &[
            order_cancelled::contract::DURABLE,
            order_confirmed::contract::DURABLE,
            order_delivered::contract::DURABLE,
            order_failed::contract::DURABLE,
            order_shipped::contract::DURABLE,
            payment_refunded::contract::DURABLE,
            recipients::contract::DURABLE,
            stock_low::contract::DURABLE,
            user_erased::contract::DURABLE,
            user_registered::contract::DURABLE,
            webhooks_orders::contract::DURABLE,
            webhooks_payments::contract::DURABLE,
            webhooks_products::contract::DURABLE,
            webhooks_stock::contract::DURABLE,
        ],
    );
}
