//! The calls of the REST API that the seed needs.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use livemart_local::wait::{self, Look};
use livemart_local::{Addresses, DEMO_ADMIN, DEMO_CUSTOMER};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::products::Product;

/// A single call; signing in hashes a password, which is slow on purpose.
const CALL_LIMIT: Duration = Duration::from_secs(30);
/// Until a fact of one service has reached another: events take milliseconds, a restart seconds.
const NEWS_LIMIT: Duration = Duration::from_secs(60);
/// Pieces of each product at the opening.
const OPENING_STOCK: u32 = 100;
/// The most the API gives at once.
const PAGE: u32 = 100;
/// How often one call is made, waiting in between for as long as the answer says.
const MOST_TRIES: u32 = 30;

pub(super) struct Api {
    client: Client,
    base: String,
    token: String,
    /// By SKU; asked for once, and only when an earlier run was interrupted.
    known: OnceCell<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Session {
    access_token: String,
}

#[derive(Deserialize)]
struct Created {
    id: String,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Listed>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    sku: String,
}

impl Api {
    pub(super) async fn sign_in(addresses: &Addresses) -> Result<Self> {
        let mut api = Self {
            client: Client::builder().timeout(CALL_LIMIT).build()?,
            base: format!("{}/api/v1", addresses.gateway_url()),
            token: String::new(),
            known: OnceCell::new(),
        };
        let credentials = json!({ "email": DEMO_ADMIN, "password": addresses.secrets.demo_admin });
        let answer = api.send(|| api.request(Method::POST, "/sessions").json(&credentials)).await?;
        let session: Session = expect_success(answer).await?.json().await?;
        api.token = session.access_token;
        Ok(api)
    }

    pub(super) async fn sign_up_customer(&self, addresses: &Addresses) -> Result<()> {
        let customer = json!({
            "email": DEMO_CUSTOMER,
            "password": addresses.secrets.demo_customer,
            "name": "김고객",
        });
        let answer = self.send(|| self.request(Method::POST, "/users").json(&customer)).await?;
        if answer.status() != StatusCode::CONFLICT {
            expect_success(answer).await?;
        }
        Ok(())
    }

    /// The id of the product, whether it is created now or was before.
    pub(super) async fn create_product(&self, product: &Product) -> Result<String> {
        let answer = self.post("/products", product, &product.sku).await?;
        if answer.status() == StatusCode::CONFLICT {
            let known = self.known.get_or_try_init(async || self.list_products().await).await?;
            return known.get(&product.sku).cloned().context("it exists, but is not among the listed products");
        }
        let created: Created = expect_success(answer).await?.json().await?;
        Ok(created.id)
    }

    /// Waits until the inventory has heard of the product.
    pub(super) async fn stock(&self, product_id: &str, sku: &str) -> Result<()> {
        let path = format!("/stock/{product_id}/adjustments");
        let adjustment = json!({ "delta": OPENING_STOCK, "reason": "opening stock" });
        let answered = wait::until("the inventory hearing of the product", NEWS_LIMIT, async || {
            Ok(match self.post(&path, &adjustment, sku).await {
                Ok(answer) if answer.status() == StatusCode::NOT_FOUND => Look::NotYet("not found yet".to_owned()),
                outcome => Look::There(outcome),
            })
        })
        .await?;
        let _: IgnoredAny = expect_success(answered?).await?.json().await?;
        Ok(())
    }

    async fn list_products(&self) -> Result<BTreeMap<String, String>> {
        let mut known = BTreeMap::new();
        let mut cursor: Option<String> = None;
        loop {
            let answer = self
                .send(|| {
                    let request = self.request(Method::GET, "/products").query(&[("limit", PAGE)]);
                    match &cursor {
                        Some(cursor) => request.query(&[("cursor", cursor)]),
                        None => request,
                    }
                })
                .await?;
            let page: Page = expect_success(answer).await?.json().await?;
            known.extend(page.data.into_iter().map(|listed| (listed.sku, listed.id)));
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(known);
            }
        }
    }

    /// With a key under which a repetition is recognised, also by a later run.
    async fn post(&self, path: &str, body: &impl Serialize, sku: &str) -> Result<Response> {
        self.send(|| self.request(Method::POST, path).header("idempotency-key", format!("seed-{sku}")).json(body)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// Waits and asks again when it is told to: by a limit, or because its last try is not over yet.
    async fn send(&self, request: impl Fn() -> RequestBuilder) -> Result<Response> {
        for _ in 1..MOST_TRIES {
            let answer = request().send().await?;
            let told = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
            let Some(seconds) = told else { return Ok(answer) };
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
        Ok(request().send().await?)
    }
}

/// The problem's own words when it is none.
async fn expect_success(answer: Response) -> Result<Response> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let url = answer.url().path().to_owned();
    let text = answer.text().await.unwrap_or_default();
    let problem: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    bail!("{url} answered {status}: {problem}")
}
