//! What people, staff and their programs can ask, one file per endpoint.

mod add_endpoint;
mod endpoint_view;
mod endpoints;
mod list_attempts;
mod list_notifications;
mod mails;
mod notification_view;
mod read_notification;
mod resend_mail;
mod resend_webhook;
mod rotate_secret;
mod stream;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::routing::{get, post};
use livemart_messaging::Store;
use livemart_runtime::App;
use livemart_web::{Caller, Role};

use crate::config::Config;
use crate::domain::Inbox;
use crate::feed::Feed;
use crate::texts::Locale;

/// What the handlers share.
#[derive(Clone)]
struct Desk {
    store: Store,
    app: App,
    feed: Feed,
    config: Arc<Config>,
}

impl Desk {
    /// The language that the caller asks for.
    fn locale(&self, headers: &HeaderMap) -> Locale {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|accepted| accepted.to_str().ok());
        Locale::accepted(accepted, self.config.live.get().locale)
    }
}

/// The inboxes that a caller sees: their own, and for the staff the one that they share.
fn inboxes(caller: &Caller) -> Vec<Inbox> {
    let own = Inbox::Person(caller.user_id);
    match caller.role {
        Role::Customer => vec![own],
        Role::Admin => vec![own, Inbox::Staff],
    }
}

pub fn router(app: &App, config: &Arc<Config>) -> Router {
    let feed = Feed::default();
    app.edge.spawn_until_stop(feed.clone().run(app.store.clone()));
    Router::new()
        .route("/api/v1/notifications", get(list_notifications::handle))
        .route("/api/v1/notifications/stream", get(stream::handle))
        .route("/api/v1/notifications/{id}/read", post(read_notification::handle))
        .route("/api/v1/mails", get(mails::list))
        .route("/api/v1/mails/{id}", get(mails::show))
        .route("/api/v1/mails/{id}/resend", post(resend_mail::handle))
        .route("/api/v1/webhook-endpoints", get(endpoints::list).post(add_endpoint::handle))
        .route("/api/v1/webhook-endpoints/{id}", get(endpoints::show).delete(endpoints::delete))
        .route("/api/v1/webhook-endpoints/{id}/enable", post(endpoints::enable))
        .route("/api/v1/webhook-endpoints/{id}/rotate-secret", post(rotate_secret::handle))
        .route("/api/v1/webhook-endpoints/{id}/attempts", get(list_attempts::handle))
        .route("/api/v1/webhook-endpoints/{id}/attempts/{attempt}/resend", post(resend_webhook::handle))
        .with_state(Desk { store: app.store.clone(), app: app.clone(), feed, config: Arc::clone(config) })
}
