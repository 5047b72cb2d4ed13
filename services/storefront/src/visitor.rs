//! Who asks for a page, and what surrounds every page.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use livemart_contracts::{Clock, ProductId, Trace};
use livemart_runtime::Edge;
use livemart_web::{RequestTrace, client_address};
use moka::future::Cache;
use tokio_util::sync::CancellationToken;
use tower_http::csrf::ProtectionError;

use crate::api::{Api, Gateway, Localized, Refusal};
use crate::config::Config;
use crate::fault::Fault;
use crate::session::{Cookies, Session};
use crate::texts::Locale;

/// For so long, whoever comes with a refresh token that was used gets what was got for it. A browser sends several requests at
/// once, all with the old cookie, and a token that is used twice ends the session.
const RENEWALS_KEPT: Duration = Duration::from_secs(60);
/// Sessions that are renewed within that time at most: thousands a minute.
const RENEWALS: u64 = 10_000;
/// A product that gets another name is shown in carts and orders under its old one for so long.
const NAMES_KEPT: Duration = Duration::from_secs(30);
const NAMES: u64 = 10_000;

/// What all pages share.
#[derive(Clone)]
pub struct Shop {
    gateway: Gateway,
    pub cookies: Cookies,
    trusted_hops: u8,
    pub clock: Clock,
    pub closing: CancellationToken,
    renewals: Cache<Arc<str>, Option<Session>>,
    pub names: Cache<ProductId, Option<Localized>>,
}

impl Shop {
    pub fn new(gateway: Gateway, config: &Config, edge: &Edge) -> Self {
        Self {
            gateway,
            cookies: Cookies(config.public_scheme),
            trusted_hops: config.trusted_hops,
            clock: edge.clock,
            closing: edge.closing(),
            renewals: Cache::builder().max_capacity(RENEWALS).time_to_live(RENEWALS_KEPT).build(),
            names: Cache::builder().max_capacity(NAMES).time_to_live(NAMES_KEPT).build(),
        }
    }

    /// The session that goes on after `stale`; `None` where the API ended it.
    async fn renew(&self, api: &Api, stale: &Session) -> Result<Option<Session>, Refusal> {
        let renewal = async {
            match api.refresh(stale.refresh_token()).await {
                Ok(tokens) => Ok(Session::of(tokens)),
                Err(refusal) if refusal.needs_session() => Ok(None),
                Err(refusal) => Err(refusal),
            }
        };
        let renewed = self.renewals.try_get_with(stale.refresh_token().into(), renewal).await;
        renewed.map_err(|refusal| Refusal::clone(&refusal))
    }
}

/// Who asks.
#[derive(Clone)]
pub struct Visitor {
    pub locale: Locale,
    pub session: Option<Session>,
    pub api: Api,
    /// The path and query of the page that they look at: this one, or where a form was sent from.
    pub here: String,
    /// What they were told to be told.
    pub note: Option<String>,
}

impl Visitor {
    pub fn is_staff(&self) -> bool {
        self.session.as_ref().is_some_and(Session::is_staff)
    }

    /// Whoever is not signed in is asked to.
    pub fn signed_in(&self) -> Result<(), Fault> {
        if self.session.is_some() { Ok(()) } else { Err(Fault::SignIn) }
    }

    pub fn staff(&self) -> Result<(), Fault> {
        self.signed_in()?;
        if self.is_staff() { Ok(()) } else { Err(Fault::Forbidden) }
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| unreachable!("every page is attended")))
    }
}

/// Finds out who asks, renews their session where it is due, and shows what went wrong as a page.
pub async fn attend(State(shop): State<Shop>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let languages = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let locale = shop.cookies.language(headers).unwrap_or_else(|| Locale::accepted(languages));
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let address = peer.map(|ConnectInfo(peer)| client_address::find(headers, peer.ip(), shop.trusted_hops));
    let trace = request.extensions().get::<RequestTrace>().map_or_else(Trace::start, |RequestTrace(trace)| *trace);
    let api = Api::new(shop.gateway.clone(), locale.name(), address, trace);
    let here = here(&request);
    let mut visitor = Visitor { locale, session: None, api: api.clone(), here, note: note(&request, locale) };

    let came = shop.cookies.session(headers);
    let mut cookie = None;
    let session = match came {
        Some(stale) if stale.is_stale(shop.clock.now()) => match shop.renew(&api, &stale).await {
            Ok(Some(session)) => {
                cookie = Some(shop.cookies.keep_session(&session));
                Some(session)
            }
            Ok(None) => {
                cookie = Some(shop.cookies.forget_session());
                None
            }
            Err(refusal) => return Fault::from(refusal).page(&visitor, shop.cookies),
        },
        came => came,
    };
    if let Some(session) = session {
        visitor.api = api.with_token(session.access_token());
        visitor.session = Some(session);
    }
    request.extensions_mut().insert(visitor.clone());
    let mut response = next.run(request).await;

    let foreign = response.extensions().get::<ProtectionError>().is_some();
    let fault = response.extensions_mut().remove::<Fault>().or(foreign.then_some(Fault::Foreign));
    if let Some(fault) = fault {
        response = fault.page(&visitor, shop.cookies);
    }
    if let Some(cookie) = cookie
        && !shop.cookies.touches_session(response.headers())
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    // What one visitor sees is for nobody else, and a page that is gone back to is looked up again.
    let kept = HeaderValue::from_static("private, no-cache");
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(kept);
    response
}

fn here(request: &Request) -> String {
    let own = request.uri().path_and_query().map_or("/", |path| path.as_str());
    if request.method() == Method::GET {
        return without_note(own);
    }
    referred(request.headers()).unwrap_or_else(|| "/".to_owned())
}

/// The path of the page that a form was on, which browsers tell of our own pages.
fn referred(headers: &HeaderMap) -> Option<String> {
    let page = reqwest::Url::parse(headers.get(header::REFERER)?.to_str().ok()?).ok()?;
    let query = page.query().map(|query| format!("?{query}")).unwrap_or_default();
    Some(without_note(&format!("{}{query}", page.path())))
}

/// A path of this site, or its front page: never an address that leads elsewhere.
pub fn local(path: &str) -> &str {
    let is_local = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n', '\t']);
    if is_local { path } else { "/" }
}

const NOTE: &str = "note=";

/// `path`, on which something is said once.
pub fn noting(path: &str, note: &str) -> String {
    let (path, fragment) = path.split_once('#').map_or((path, ""), |(path, fragment)| (path, fragment));
    let (joint, hash) = (if path.contains('?') { '&' } else { '?' }, if fragment.is_empty() { "" } else { "#" });
    format!("{path}{joint}{NOTE}{note}{hash}{fragment}")
}

fn without_note(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with(NOTE)).collect();
    if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) }
}

fn note(request: &Request, locale: Locale) -> Option<String> {
    let name = request.uri().query()?.split('&').find_map(|pair| pair.strip_prefix(NOTE))?;
    locale.note(name).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_to_another_site() {
        for path in ["/", "/orders?cursor=a", "/products/x#y"] {
            assert_eq!(local(path), path);
        }
        for path in
            ["", "orders", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/\t/evil.example"]
        {
            assert_eq!(local(path), "/", "{path}");
        }
    }

    #[test]
    fn a_note_is_said_once() {
        assert_eq!(noting("/cart", "added"), "/cart?note=added");
        assert_eq!(noting("/?q=tent", "added"), "/?q=tent&note=added");
        assert_eq!(without_note("/?q=tent&note=added"), "/?q=tent");
        assert_eq!(without_note("/cart?note=added"), "/cart");
        assert_eq!(without_note("/cart"), "/cart");
    }
}
