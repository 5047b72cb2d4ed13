//! The payment service: holds money when an order is made, takes it when the order is confirmed, gives it back when the
//! order is over.
//!
//! Read [`domain`] for the states of a payment, [`reactions`] for what moves it, [`effects`] for the calls to the
//! provider, [`providers`] for whom it calls, [`stalled`] for what happens when no decision arrives, [`waiting`] for who
//! notices what takes too long, [`reconcile`] for what the provider's books say.

mod advance;
pub mod config;
// Public for the simulator of `livemart-streams`, which drives these rules without servers.
pub mod domain;
mod effects;
mod error;
mod http;
pub mod providers;
mod reactions;
mod reconcile;
mod stalled;
mod store;
mod waiting;

use std::sync::Arc;

use livemart_contracts::events::{
    PaymentAuthorized, PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentStalled, PaymentVoided,
};
use livemart_runtime::Service;

pub use config::Config;
use effects::{Authorize, Capture, Counterpart, LookUp, Refund, Void};
use reactions::{OnOrderCancelled, OnOrderConfirmed, OnOrderCreated, OnOrderFailed, OnStockFailed};
use stalled::Stalled;
use waiting::Waiting;

pub fn service(config: Config) -> Service {
    let (provider, open) = providers::choose(&config);
    let (asked, compared) = (Arc::clone(&provider), (Arc::clone(&provider), config.live.clone()));
    let counterpart = Counterpart { provider: Arc::clone(&provider), limit: config.provider_limit() };
    Service::named("payment")
        .live(&config.live)
        .serves(&["/api/v1/payments"], http::routes(), |app| http::Payments { app: app.clone(), provider: asked })
        .reacts(OnOrderCreated { provider: provider.name() })
        .reacts(OnOrderConfirmed)
        .reacts(OnOrderFailed { provider: provider.name() })
        .reacts(OnOrderCancelled { provider: provider.name() })
        .reacts(OnStockFailed)
        .performs(Authorize(counterpart.clone()))
        .performs(Capture(counterpart.clone()))
        .performs(Void(counterpart.clone()))
        .performs(Refund(counterpart.clone()))
        .performs(LookUp(counterpart))
        .watches(Stalled { settings: config.live })
        .watches(Waiting)
        .emits::<(PaymentAuthorized, PaymentFailed, PaymentCaptured, PaymentVoided, PaymentRefunded, PaymentStalled)>()
        .starts(|app| async move {
            open(&app)?;
            let (provider, settings) = compared;
            app.edge.clone().spawn_until_stop(reconcile::run(app, provider, settings));
            Ok(())
        })
}
