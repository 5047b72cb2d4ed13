//! What is asked of the shop: its REST API, at the gateway.
//!
//! One file for each part of it, with the calls and as much of the answers as pages show; fields that are not here are ignored.

mod account;
mod analytics;
mod catalogue;
mod inbox;
mod orders;
mod payments;
mod refusal;
mod stock;

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::Context as _;
use livemart_contracts::Trace;
use reqwest::{Method, RequestBuilder, Response, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use account::{Account, Address, KeptAddress, Tokens};
pub use analytics::{Duration, Funnel, Sagas, Sales, Takings, Timeline};
pub use catalogue::{Branch, Draft, Facet, Localized, Product, Search, Suggestion};
pub use inbox::Notification;
pub use orders::{Cart, CartLine, NewLine, NewOrder, Order};
pub use payments::{Payment, Refund, Restock};
pub use refusal::{FieldError, Problem, Refusal};
pub use stock::{Movement, Stock};

/// Longer than the gateway gives any service, and shorter than the 30 s after which the runtime gives up a page.
const ANSWER_LIMIT: std::time::Duration = std::time::Duration::from_secs(25);
/// On the network of a cluster, or of this machine.
const CONNECT_LIMIT: std::time::Duration = std::time::Duration::from_secs(2);
/// Idle connections to the gateway. Each open page of an order holds one beyond these.
const IDLE_CONNECTIONS: usize = 64;

/// Where the API is.
#[derive(Debug, Clone)]
pub struct Gateway {
    client: reqwest::Client,
    url: Arc<Url>,
}

impl Gateway {
    pub fn at(url: &str) -> anyhow::Result<Self> {
        let url = Url::parse(url).with_context(|| format!("{url} (LIVEMART_STOREFRONT_GATEWAY_URL) is no URL"))?;
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_LIMIT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            // What the API answers is for the page to judge, a redirect too.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { client, url: Arc::new(url) })
    }
}

/// The API as one visitor may use it, for one page.
#[derive(Clone)]
pub struct Api {
    gateway: Gateway,
    token: Option<Arc<str>>,
    language: &'static str,
    visitor: Option<IpAddr>,
    trace: Trace,
}

/// One page of a list.
#[derive(Debug, Clone, Deserialize)]
pub struct Page<T> {
    pub data: Vec<T>,
    pub next_cursor: Option<String>,
}

impl Api {
    pub fn new(gateway: Gateway, language: &'static str, visitor: Option<IpAddr>, trace: Trace) -> Self {
        Self { gateway, token: None, language, visitor, trace }
    }

    pub fn with_token(self, token: &str) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    /// `path` is below `/api/v1`.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut url = Url::clone(&self.gateway.url);
        url.set_path(&format!("/api/v1{path}"));
        let mut request = self
            .gateway
            .client
            .request(method, url)
            .header("accept-language", self.language)
            .header("traceparent", self.trace.child().to_string());
        if let Some(visitor) = self.visitor {
            request = request.header("x-forwarded-for", visitor.to_string());
        }
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// A stream of events, from where the browser left off. It has no end that could be waited for.
    pub async fn follow(&self, path: &str, last_event_id: Option<&str>) -> Result<Response, Refusal> {
        let mut request = self.get(path).header("accept", "text/event-stream");
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        send(request).await
    }
}

/// The answer, if it is one of success.
async fn send(request: RequestBuilder) -> Result<Response, Refusal> {
    let answer = request.send().await.map_err(|error| Refusal::unreachable(&error))?;
    if answer.status().is_success() { Ok(answer) } else { Err(Refusal::read(answer).await) }
}

async fn done(request: RequestBuilder) -> Result<(), Refusal> {
    send(request.timeout(ANSWER_LIMIT)).await.map(drop)
}

async fn read<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Refusal> {
    let answer = send(request.timeout(ANSWER_LIMIT)).await?;
    answer.json().await.map_err(|error| Refusal::unreachable(&error))
}
