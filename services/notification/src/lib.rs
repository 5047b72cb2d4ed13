//! The notification service: tells people what happens to their orders, in an inbox with live push and by mail, and third
//! parties by signed webhooks. It only listens: nothing in the shop waits for it.
//!
//! Read [`domain`] for what can be told and to whom, [`reactions`] for when, [`notify`] for the one way in which a
//! notification comes to be, once. Then what leaves the shop, as tasks of the effects ledger: [`mail`] and [`webhooks`].
//! [`http`] has the inbox and what the staff can see and send again, [`feed`] wakes its open streams; [`projections`] is
//! what is known of people, [`texts`] what they read, [`store`] the tables, [`housekeeping`] what is forgotten.

pub mod config;
mod domain;
mod error;
mod feed;
mod housekeeping;
mod http;
mod mail;
mod notify;
mod outside;
mod projections;
mod reactions;
mod store;
pub mod texts;
mod webhooks;

use std::sync::Arc;

use livemart_runtime::{App, Service};

pub use config::Config;
use domain::events::{OrderFact, PaymentFact, ProductFact, StockFact};
use housekeeping::Housekeeping;
use mail::{MailServer, SendMail};
use notify::Notifier;
use outside::{Opened, Outside};
use projections::Recipients;
use reactions::{
    OnOrderCancelled, OnOrderConfirmed, OnOrderDelivered, OnOrderFailed, OnOrderShipped, OnPaymentRefunded, OnStockLow,
    OnUserErased, OnUserRegistered, Webhooks,
};
use webhooks::{Deliver, WebhookClient};

pub fn service(config: Config) -> Service {
    let (notifier, settings) = (Notifier::new(&config), config.live.clone());
    let notifier = || notifier.clone();
    let (config, outside) = (Arc::new(config), Outside::default());
    let (desk, start) = (Arc::clone(&config), (Arc::clone(&config), outside.clone()));
    Service::named("notification")
        .live(&settings)
        .serves(
            &["/api/v1/notifications", "/api/v1/mails", "/api/v1/webhook-endpoints"],
            http::routes(),
            move |app: &App| http::open(app, &desk),
        )
        .reacts(OnUserRegistered { notifier: notifier() })
        .reacts(OnOrderConfirmed { notifier: notifier() })
        .reacts(OnOrderFailed { notifier: notifier() })
        .reacts(OnOrderCancelled { notifier: notifier() })
        .reacts(OnOrderShipped { notifier: notifier() })
        .reacts(OnOrderDelivered { notifier: notifier() })
        .reacts(OnPaymentRefunded { notifier: notifier() })
        .reacts(OnStockLow { notifier: notifier() })
        .reacts(OnUserErased)
        .reacts(Webhooks::<OrderFact>::new(&settings))
        .reacts(Webhooks::<PaymentFact>::new(&settings))
        .reacts(Webhooks::<StockFact>::new(&settings))
        .reacts(Webhooks::<ProductFact>::new(&settings))
        .projects(Recipients)
        .performs(SendMail::new(&config, &outside))
        .performs(Deliver::new(outside, notifier()))
        .watches(Housekeeping)
        .starts(move |app| async move { open(&app, &start.0, &start.1) })
}

fn open(app: &App, config: &Config, outside: &Outside) -> anyhow::Result<()> {
    let mail = config.smtp_url.as_ref().map(MailServer::at).transpose()?;
    if mail.is_none() {
        tracing::warn!("no mail server is configured (LIVEMART_NOTIFICATION_SMTP_URL): mail is recorded as skipped");
    }
    let webhooks = WebhookClient::new(config.private_webhooks)?;
    outside.open(Opened { store: app.store.clone(), mail, webhooks });
    Ok(())
}
