//! The payment service: holds money when an order is made, takes it when the order is confirmed, gives it back when the
//! order is over.
//!
//! Read [`domain`] for the states of a payment, [`reactions`] for what moves it, [`effects`] for the calls to the
//! provider, [`providers`] for whom it calls, [`stalled`] for what happens when no decision arrives, [`waiting`] for who
//! notices what takes too long.

mod advance;
pub mod config;
// Public for the simulator of `livemart-streams`, which drives these rules without servers.
pub mod domain;
mod effects;
mod error;
mod http;
pub mod providers;
mod reactions;
mod stalled;
mod store;
mod waiting;

use std::sync::Arc;

use livemart_contracts::events::{
    PaymentAuthorized, PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentStalled, PaymentVoided,
};
use livemart_runtime::{App, Service};

pub use config::Config;
use effects::{Authorize, Capture, Refund, Void};
use providers::sandbox::Sandbox;
use reactions::{OnOrderCancelled, OnOrderConfirmed, OnOrderCreated, OnOrderFailed, OnStockFailed};
use stalled::Stalled;
use waiting::Waiting;

pub fn service(config: Config) -> Service {
    let (sandbox, books) = Sandbox::new(&config);
    let provider: Arc<dyn providers::PaymentProvider> = Arc::new(sandbox);
    Service::named("payment")
        .live(&config.live)
        .serves(&["/api/v1/payments"], http::routes(), App::clone)
        .reacts(OnOrderCreated { provider: provider.name() })
        .reacts(OnOrderConfirmed)
        .reacts(OnOrderFailed { provider: provider.name() })
        .reacts(OnOrderCancelled { provider: provider.name() })
        .reacts(OnStockFailed)
        .performs(Authorize::new(&provider))
        .performs(Capture::new(&provider))
        .performs(Void::new(&provider))
        .performs(Refund::new(&provider))
        .watches(Stalled { settings: config.live })
        .watches(Waiting)
        .emits::<(PaymentAuthorized, PaymentFailed, PaymentCaptured, PaymentVoided, PaymentRefunded, PaymentStalled)>()
        .starts(|app| async move {
            books.open(&app.edge);
            Ok(())
        })
}
