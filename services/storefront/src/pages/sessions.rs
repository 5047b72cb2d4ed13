//! Signing up, in and out, and the choice of a language.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, done, html};
use crate::api::{Refusal, Tokens};
use crate::fault::Fault;
use crate::forms::Wrong;
use crate::session::Session;
use crate::texts::Locale;
use crate::visitor::{Shop, Visitor, local};

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignIn {
    frame: Frame,
    next: String,
    email: String,
    message: Option<String>,
}

#[derive(Template)]
#[template(path = "sign-up.html")]
struct SignUp {
    frame: Frame,
    typed: NewAccount,
    wrong: Wrong,
}

#[derive(Deserialize)]
pub struct Then {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
#[serde(default)]
pub struct Credentials {
    email: String,
    password: String,
    next: String,
}

#[derive(Deserialize)]
#[serde(default)]
pub struct NewAccount {
    name: String,
    email: String,
    password: String,
    next: String,
}

/// The page itself is no place to come back to.
fn frame(visitor: &Visitor, next: &str) -> Frame {
    Frame { here: local(next).to_owned(), ..Frame::of(visitor) }
}

fn sign_in_again(visitor: &Visitor, next: &str, email: &str, refusal: Option<&Refusal>) -> Response {
    let message = refusal.map(|refusal| visitor.locale.refusal(refusal));
    let status = refusal.map_or(StatusCode::OK, Refusal::status);
    let page = SignIn { frame: frame(visitor, next), next: local(next).to_owned(), email: email.to_owned(), message };
    html(status, &page)
}

pub async fn sign_in_page(visitor: Visitor, Query(Then { next }): Query<Then>) -> Response {
    sign_in_again(&visitor, &next, "", None)
}

pub async fn sign_in(State(shop): State<Shop>, visitor: Visitor, Form(typed): Form<Credentials>) -> Response {
    match visitor.api.sign_in(typed.email.trim(), &typed.password).await {
        Ok(tokens) => begin(&shop, tokens, Redirect::to(local(&typed.next)).into_response()),
        Err(refusal) => sign_in_again(&visitor, &typed.next, &typed.email, Some(&refusal)),
    }
}

fn sign_up_again(visitor: &Visitor, status: StatusCode, typed: NewAccount, wrong: Wrong) -> Response {
    html(status, &SignUp { frame: frame(visitor, &typed.next), typed, wrong })
}

pub async fn sign_up_page(visitor: Visitor, Query(Then { next }): Query<Then>) -> Response {
    let typed = NewAccount { next: local(&next).to_owned(), ..NewAccount::default() };
    sign_up_again(&visitor, StatusCode::OK, typed, Wrong::default())
}

/// A new account, signed in.
pub async fn sign_up(State(shop): State<Shop>, visitor: Visitor, Form(typed): Form<NewAccount>) -> Response {
    let (name, email) = (typed.name.trim(), typed.email.trim());
    let made = async {
        visitor.api.register(name, email, &typed.password).await?;
        visitor.api.sign_in(email, &typed.password).await
    };
    match made.await {
        Ok(tokens) => begin(&shop, tokens, done(&typed.next, "welcome")),
        Err(refusal) => {
            let wrong = Wrong::of(&refusal, visitor.locale);
            sign_up_again(&visitor, refusal.status(), typed, wrong)
        }
    }
}

impl Default for NewAccount {
    fn default() -> Self {
        let empty = String::new;
        Self { name: empty(), email: empty(), password: empty(), next: "/".to_owned() }
    }
}

impl Default for Credentials {
    fn default() -> Self {
        Self { email: String::new(), password: String::new(), next: "/".to_owned() }
    }
}

fn begin(shop: &Shop, tokens: Tokens, response: Response) -> Response {
    match Session::of(tokens) {
        Some(session) => with_cookie(response, shop.cookies.keep_session(&session)),
        None => {
            tracing::error!("an access token of the API cannot be read");
            Fault::Refused(Refusal::Unreachable).into_response()
        }
    }
}

fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// The session ends everywhere; where the shop is down, it ends in this browser at least.
pub async fn sign_out(State(shop): State<Shop>, visitor: Visitor) -> Response {
    if visitor.session.is_some()
        && let Err(refusal) = visitor.api.sign_out().await
        && refusal.is_outage()
    {
        tracing::warn!("a session was left and could not be ended");
    }
    with_cookie(Redirect::to("/").into_response(), shop.cookies.forget_session())
}

#[derive(Deserialize)]
pub struct Language {
    #[serde(default)]
    to: String,
    #[serde(default)]
    back: String,
}

pub async fn language(State(shop): State<Shop>, Form(Language { to, back }): Form<Language>) -> Response {
    let response = Redirect::to(local(&back)).into_response();
    match Locale::named(&to) {
        Some(locale) => with_cookie(response, shop.cookies.keep_language(locale)),
        None => response,
    }
}
