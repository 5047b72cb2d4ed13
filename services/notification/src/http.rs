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

use livemart_messaging::Store;
use livemart_runtime::App;
use livemart_web::openapi::{Routes, operation};
use livemart_web::{AcceptLanguage, Caller, Role};

use crate::config::Config;
use crate::domain::Inbox;
use crate::error::{
    ALREADY_WAITING, ENDPOINT_DISABLED, NO_MAIL_SERVER, TOO_MANY_ENDPOINTS, TOO_MANY_OF_ONE, TOO_MANY_STREAMS,
};
use crate::feed::Feed;
use crate::texts::Locale;

/// What the handlers share.
#[derive(Clone)]
pub struct Desk {
    store: Store,
    app: App,
    feed: Feed,
    config: Arc<Config>,
}

impl Desk {
    /// The language that the caller asks for.
    fn locale(&self, AcceptLanguage(accepted): &AcceptLanguage) -> Locale {
        Locale::accepted(accepted.as_deref(), self.config.live.get().locale)
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

pub fn routes() -> Routes<Desk> {
    Routes::new()
        .get(
            "/api/v1/notifications",
            list_notifications::handle,
            operation("list_notifications", "The caller's notifications, newest first"),
        )
        .get(
            "/api/v1/notifications/stream",
            stream::handle,
            operation("follow_notifications", "The caller's notifications as they come")
                .refuses(&[TOO_MANY_STREAMS, TOO_MANY_OF_ONE]),
        )
        .post(
            "/api/v1/notifications/{id}/read",
            read_notification::handle,
            operation("read_notification", "The caller has seen it"),
        )
        .get("/api/v1/mails", mails::list, operation("list_mails", "What became of the mails, newest first"))
        .get("/api/v1/mails/{id}", mails::show, operation("show_mail", "One mail, and each attempt to send it"))
        .post(
            "/api/v1/mails/{id}/resend",
            resend_mail::handle,
            operation("resend_mail", "Send a mail once more, whatever became of it")
                .refuses(&[ALREADY_WAITING, NO_MAIL_SERVER]),
        )
        .get(
            "/api/v1/webhook-endpoints",
            endpoints::list,
            operation("list_webhook_endpoints", "Where third parties receive events"),
        )
        .post(
            "/api/v1/webhook-endpoints",
            add_endpoint::handle,
            operation("add_webhook_endpoint", "Send events to one more address; its secret is shown this once")
                .refuses(&[TOO_MANY_ENDPOINTS]),
        )
        .get("/api/v1/webhook-endpoints/{id}", endpoints::show, operation("show_webhook_endpoint", "One endpoint"))
        .delete(
            "/api/v1/webhook-endpoints/{id}",
            endpoints::delete,
            operation("delete_webhook_endpoint", "Send nothing to it any more"),
        )
        .post(
            "/api/v1/webhook-endpoints/{id}/enable",
            endpoints::enable,
            operation("enable_webhook_endpoint", "Send events to it again, from now on"),
        )
        .post(
            "/api/v1/webhook-endpoints/{id}/rotate-secret",
            rotate_secret::handle,
            operation("rotate_webhook_secret", "A new secret, shown this once; for a day both sign"),
        )
        .get(
            "/api/v1/webhook-endpoints/{id}/attempts",
            list_attempts::handle,
            operation("list_webhook_attempts", "What was sent to it and what it answered, newest first"),
        )
        .post(
            "/api/v1/webhook-endpoints/{id}/attempts/{attempt}/resend",
            resend_webhook::handle,
            operation("resend_webhook", "Send the event of an attempt once more, under the same webhook-id")
                .refuses(&[ALREADY_WAITING, ENDPOINT_DISABLED]),
        )
}

/// Starts what the handlers share.
pub fn open(app: &App, config: &Arc<Config>) -> Desk {
    let feed = Feed::default();
    app.edge.spawn_until_stop(feed.clone().run(app.store.clone()));
    Desk { store: app.store.clone(), app: app.clone(), feed, config: Arc::clone(config) }
}
