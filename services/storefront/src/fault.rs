//! Why there is no page, as a page: one clear sentence, and a way on.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::api::Refusal;
use crate::pages::{Frame, html};
use crate::session::Cookies;
use crate::visitor::Visitor;

#[derive(Debug, Clone)]
pub enum Fault {
    NotFound,
    /// The session is over, or there was none.
    SignIn,
    /// The same, with where to go after it.
    SignInThen(String),
    Forbidden,
    /// A form of another site.
    Foreign,
    /// The API is down, or refuses.
    Refused(Refusal),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal.status() {
            StatusCode::UNAUTHORIZED => Self::SignIn,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::NOT_FOUND => Self::NotFound,
            _ => Self::Refused(refusal),
        }
    }
}

impl IntoResponse for Fault {
    /// It travels in the response's extensions to where the visitor is known.
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct Page {
    frame: Frame,
    heading: &'static str,
    sentence: String,
    retry: Option<String>,
}

impl Fault {
    pub fn page(self, visitor: &Visitor, cookies: Cookies) -> Response {
        let words = visitor.locale.words();
        let (status, heading, sentence) = match self {
            Self::SignIn => return sign_in(visitor, &visitor.here, cookies),
            Self::SignInThen(next) => return sign_in(visitor, &next, cookies),
            Self::NotFound => (StatusCode::NOT_FOUND, words.error_not_found, words.error_not_found_text.to_owned()),
            Self::Forbidden => (StatusCode::FORBIDDEN, words.error_forbidden, words.error_forbidden_text.to_owned()),
            Self::Foreign => (StatusCode::FORBIDDEN, words.error_foreign, words.error_foreign_text.to_owned()),
            Self::Refused(ref refusal) if refusal.is_outage() => {
                (StatusCode::BAD_GATEWAY, words.error_away, words.error_away_text.to_owned())
            }
            Self::Refused(ref refusal) => (refusal.status(), words.error_refused, visitor.locale.refusal(refusal)),
        };
        let may_help = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        let retry = may_help.then(|| visitor.here.clone());
        html(status, &Page { frame: Frame::of(visitor), heading, sentence, retry })
    }
}

/// To the page where one signs in, and back from there. A session that the API knows no more is forgotten.
fn sign_in(visitor: &Visitor, next: &str, cookies: Cookies) -> Response {
    let next: String = reqwest::Url::parse_with_params("http://shop/sign-in", [("next", next)])
        .map(|url| format!("{}?{}", url.path(), url.query().unwrap_or_default()))
        .unwrap_or_else(|_| "/sign-in".to_owned());
    let mut response = Redirect::to(&next).into_response();
    if visitor.session.is_some() {
        response.headers_mut().append(header::SET_COOKIE, cookies.forget_session());
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
