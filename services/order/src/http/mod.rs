//! What customers and staff can do with orders, one file per endpoint.

mod cancel;
mod cart;
mod cart_line;
mod create;
mod events;
mod fulfil;
mod list;
mod show;
mod view;

use axum::Router;
use axum::routing::{get, post, put};
use livemart_messaging::Store;
use livemart_messaging::group::Group;
use livemart_runtime::{App, Live};
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::lookout::Lookout;

/// What the handlers share.
#[derive(Clone)]
struct Orders {
    store: Store,
    /// Where orders that arrive together wait for their commit.
    placing: Group<create::Placing, create::Placed>,
    lookout: Lookout,
    /// Cancelled when streams of events have to end.
    closing: CancellationToken,
}

pub fn router(app: &App, settings: Live<Settings>) -> Router {
    let (placing, lookout) = (create::start(app, settings), Lookout::default());
    app.edge.spawn_until_stop(lookout.clone().run(app.store.clone()));
    Router::new()
        .route("/api/v1/orders", post(create::create).get(list::list))
        .route("/api/v1/orders/{id}", get(show::show))
        .route("/api/v1/orders/{id}/cancel", post(cancel::cancel))
        .route("/api/v1/orders/{id}/ship", post(fulfil::ship))
        .route("/api/v1/orders/{id}/deliver", post(fulfil::deliver))
        .route("/api/v1/orders/{id}/events", get(events::follow))
        .route("/api/v1/cart", get(cart::show).delete(cart::clear))
        .route("/api/v1/cart/lines/{product_id}", put(cart_line::put).delete(cart_line::remove))
        .with_state(Orders { store: app.store.clone(), placing, lookout, closing: app.edge.closing() })
}
