//! What customers and staff can do with orders, one file per endpoint.

mod cancel;
mod create;
mod fulfil;
mod list;
mod show;
mod view;

use axum::Router;
use axum::routing::{get, post};
use livemart_messaging::Store;
use livemart_messaging::group::Group;
use livemart_runtime::App;

use crate::config::Config;

/// What the handlers share.
#[derive(Clone)]
struct Orders {
    store: Store,
    /// Where orders that arrive together wait for their commit.
    placing: Group<create::Placing, create::Placed>,
}

pub fn router(app: &App, config: &Config) -> Router {
    let placing = create::start(app, config);
    Router::new()
        .route("/api/v1/orders", post(create::create).get(list::list))
        .route("/api/v1/orders/{id}", get(show::show))
        .route("/api/v1/orders/{id}/cancel", post(cancel::cancel))
        .route("/api/v1/orders/{id}/ship", post(fulfil::ship))
        .route("/api/v1/orders/{id}/deliver", post(fulfil::deliver))
        .with_state(Orders { store: app.store.clone(), placing })
}
