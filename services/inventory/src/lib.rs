//! The inventory: stock, what orders hold of it, and the ledger of everything that changed it.
//!
//! Read [`domain`] first: the rules. Then [`reactions`], the steps of the saga that follow them; [`ledger`], the one way
//! in which a step changes stock, and [`store`], the statements that keep it right; [`locking`], the Redis lock and why
//! nothing depends on it; [`watches`], what happens because time passes; [`http`], what the staff can do.

pub mod config;
pub mod domain;
pub mod error;
pub mod http;
pub mod ledger;
pub mod locking;
pub mod reactions;
pub mod store;
pub mod watches;

use livemart_contracts::events::{
    StockChanged, StockCommitted, StockFailed, StockLow, StockReleased, StockReserved, StockStalled,
};
use livemart_runtime::{App, Service};

use crate::config::Config;
use crate::http::Inventory;
use crate::ledger::Ledger;
use crate::locking::ProductLocks;
use crate::reactions::{
    OnOrderCancelled, OnOrderConfirmed, OnOrderFailed, OnPaymentAuthorized, OnPaymentRefunded, OnProductCreated,
};
use crate::watches::{Levels, StalledReservations};

/// The inventory service.
pub fn service(config: Config) -> Service {
    let locks = ProductLocks::default();
    let (settings, at_the_desk) = (config.live.clone(), config.live.clone());
    let ledger = || Ledger::new(locks.clone(), settings.clone());
    Service::named("inventory")
        .live(&config.live)
        .serves(&["/api/v1/stock"], http::routes(), move |app: &App| Inventory {
            store: app.store.clone(),
            settings: at_the_desk,
        })
        .reacts(OnProductCreated)
        .reacts(OnPaymentAuthorized { ledger: ledger(), settings: settings.clone() })
        .reacts(OnOrderConfirmed { ledger: ledger() })
        .reacts(OnOrderFailed { ledger: ledger() })
        .reacts(OnOrderCancelled { ledger: ledger() })
        .reacts(OnPaymentRefunded { ledger: ledger() })
        .watches(Levels)
        .watches(StalledReservations { settings: settings.clone() })
        .emits::<(StockReserved, StockFailed, StockCommitted, StockReleased, StockStalled, StockChanged, StockLow)>()
        .starts(move |app| connect_locks(app, config, locks))
}

async fn connect_locks(app: App, config: Config, locks: ProductLocks) -> anyhow::Result<()> {
    let Some(locks) = locks.connect(&config.redis_urls)?.cloned() else { return Ok(()) };
    // Background work stops last, when no step holds a lock any more.
    let stop = app.edge.stop();
    app.edge.spawn("locks", async move {
        stop.cancelled().await;
        locks.drain().await;
    });
    Ok(())
}
