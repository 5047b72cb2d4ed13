//! The pages, one file for each. A form that is refused is shown again as it was filled in; what worked leads to a page by 303, so
//! that loading it again does nothing twice.

mod account;
mod cart;
mod catalogue;
mod checkout;
mod goods;
mod inbox;
mod order;
mod orders;
mod product;
mod sessions;
mod staff;

use askama::Template;
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use chrono::{DateTime, SecondsFormat, Utc};
use livemart_contracts::Money;
use tower_http::csrf::CsrfLayer;

use crate::fault::Fault;
use crate::forms::Wrong;
use crate::texts::{Locale, Words};
use crate::visitor::{Shop, Visitor, attend, local, noting};
use crate::{assets, live, money, security};

/// Every path is routed, rather than left to a fallback: fallbacks belong to the runtime.
pub fn router(shop: Shop) -> Router {
    let pages = Router::new()
        .route("/", get(catalogue::show))
        .route("/suggest", get(live::suggest))
        .route("/products/{id}", get(product::show))
        .route("/cart", get(cart::show))
        .route("/cart/lines", post(cart::add))
        .route("/cart/lines/{product}", post(cart::change))
        .route("/cart/lines/{product}/remove", post(cart::remove))
        .route("/checkout", get(checkout::show).post(checkout::buy))
        .route("/orders", get(orders::show))
        .route("/orders/{id}", get(order::show))
        .route("/orders/{id}/progress", get(order::progress))
        .route("/orders/{id}/events", get(live::order))
        .route("/orders/{id}/cancel", post(order::cancel))
        .route("/inbox", get(inbox::show))
        .route("/inbox/events", get(live::inbox))
        .route("/inbox/unread", get(live::unread))
        .route("/inbox/{id}/read", post(inbox::mark_read))
        .route("/account", get(account::show))
        .route("/account/addresses", post(account::add_address))
        .route("/account/addresses/{id}/remove", post(account::remove_address))
        .route("/sign-in", get(sessions::sign_in_page).post(sessions::sign_in))
        .route("/sign-up", get(sessions::sign_up_page).post(sessions::sign_up))
        .route("/sign-out", post(sessions::sign_out))
        .route("/language", post(sessions::language))
        .nest("/staff", staff::routes())
        .route("/{*path}", any(async || Fault::NotFound))
        .method_not_allowed_fallback(async || Fault::NotFound)
        // Browsers say where a request comes from, and no page of another site can have them say otherwise. Together with a
        // cookie that is sent from our own pages only, it takes no token in every form.
        .layer(CsrfLayer::new())
        .layer(from_fn(plain_refusals))
        .layer(from_fn_with_state(shop.clone(), attend));
    let scheme = shop.cookies.0;
    security::secured(pages.with_state(shop).merge(assets::router()), scheme)
}

/// What is answered to a body or a query that is not what its handler takes.
const UNREADABLE: [StatusCode; 4] = [
    StatusCode::BAD_REQUEST,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::UNSUPPORTED_MEDIA_TYPE,
    StatusCode::UNPROCESSABLE_ENTITY,
];

/// A form or a query that cannot be read was not made by one of our pages.
async fn plain_refusals(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let unreadable = UNREADABLE.contains(&response.status());
    let is_page = response.headers().get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if unreadable && !is_page { Fault::NotFound.into_response() } else { response }
}

/// What surrounds the content of every page.
#[derive(Debug)]
pub struct Frame {
    pub t: &'static Words,
    pub locale: Locale,
    pub signed_in: bool,
    pub staff: bool,
    /// Where one comes back to.
    pub here: String,
    /// What is in the search field.
    pub q: String,
    pub note: Option<String>,
}

impl Frame {
    pub fn of(visitor: &Visitor) -> Self {
        Self {
            t: visitor.locale.words(),
            locale: visitor.locale,
            signed_in: visitor.session.is_some(),
            staff: visitor.is_staff(),
            here: visitor.here.clone(),
            q: String::new(),
            note: visitor.note.clone(),
        }
    }

    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    pub fn machine_time(&self, time: &DateTime<Utc>) -> String {
        time.to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// A script puts it into the visitor's own time.
    pub fn time(&self, time: &DateTime<Utc>) -> String {
        time.format("%Y-%m-%d %H:%M UTC").to_string()
    }

    pub fn clock(&self, time: &DateTime<Utc>) -> String {
        time.format("%H:%M:%S UTC").to_string()
    }

    /// What is added, or taken away.
    pub fn signed(&self, number: &i64) -> String {
        match *number {
            0 => "0".to_owned(),
            number => format!("{number:+}").replace('-', "−"),
        }
    }

    /// A field of a form, with what is wrong with it.
    pub fn field<'a>(
        &self,
        label: &'a str,
        name: &'a str,
        kind: &'a str,
        autocomplete: &'a str,
        value: &'a str,
        wrong: &'a Wrong,
    ) -> Field<'a> {
        Field { label, name, kind, autocomplete, value, wrong: wrong.at(name) }
    }

    pub fn money(&self, amount: &Money) -> String {
        money::written(*amount, self.locale)
    }
}

/// Of a form, above its message.
#[derive(Template)]
#[template(path = "field.html")]
pub struct Field<'a> {
    label: &'a str,
    name: &'a str,
    kind: &'a str,
    autocomplete: &'a str,
    value: &'a str,
    wrong: Option<&'a str>,
}

pub fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// To a page of this site, where `note` is said.
fn done(path: &str, note: &str) -> Response {
    Redirect::to(&noting(local(path), note)).into_response()
}

/// An id in a path; a page of none is not found.
fn id<T: std::str::FromStr>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(|_| Fault::NotFound)
}
