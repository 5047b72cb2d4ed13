//! The REST API of a shop, called as a client does: as nobody, or as somebody who signed in.

use std::time::Duration;

use anyhow::{Result, bail};
use livemart_contracts::ProductId;
use livemart_local::wait::{self, Look};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A single call; signing in hashes a password, which is slow on purpose.
const CALL_LIMIT: Duration = Duration::from_secs(30);
/// Until a fact of one service has reached another: events take milliseconds, a restart seconds.
const NEWS_LIMIT: Duration = Duration::from_secs(60);
/// How often one call is made, waiting in between for as long as the answer says.
const MOST_TRIES: u32 = 30;

/// Cheap to clone; all clones share their connections.
#[derive(Clone)]
pub(crate) struct Api {
    client: Client,
    base: String,
    token: Option<String>,
}

#[derive(Deserialize)]
struct Session {
    access_token: String,
}

#[derive(Deserialize)]
struct Created {
    id: ProductId,
}

impl Api {
    /// As nobody.
    pub(crate) fn at(address: &str) -> Result<Self> {
        let client = Client::builder().timeout(CALL_LIMIT).build()?;
        Ok(Self { client, base: format!("{address}/api/v1"), token: None })
    }

    /// The same address, called as nobody.
    pub(crate) fn as_nobody(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// Signs in, and answers how to call as that account.
    pub(crate) async fn signed_in(&self, email: &str, password: &str) -> Result<Self> {
        let credentials = json!({ "email": email, "password": password });
        let answer = self.send(|| self.request(Method::POST, "/sessions").json(&credentials)).await?;
        let session: Session = expect_success(answer).await?.json().await?;
        Ok(Self { token: Some(session.access_token), ..self.clone() })
    }

    /// Makes an account; one that is there already stays as it is.
    pub(crate) async fn sign_up(&self, email: &str, password: &str, name: &str) -> Result<()> {
        let account = json!({ "email": email, "password": password, "name": name });
        let answer = self.send(|| self.request(Method::POST, "/users").json(&account)).await?;
        if answer.status() != StatusCode::CONFLICT {
            expect_success(answer).await?;
        }
        Ok(())
    }

    /// The new product's id; `None` where its SKU is taken.
    pub(crate) async fn create_product(&self, product: &impl Serialize, key: &str) -> Result<Option<ProductId>> {
        let answer = self.post("/products", product, key).await?;
        if answer.status() == StatusCode::CONFLICT {
            return Ok(None);
        }
        let created: Created = expect_success(answer).await?.json().await?;
        Ok(Some(created.id))
    }

    /// Puts pieces on the shelf, as soon as the inventory has heard of the product.
    pub(crate) async fn stock(&self, product: ProductId, pieces: u32, reason: &str, key: &str) -> Result<()> {
        let path = format!("/stock/{product}/adjustments");
        let adjustment = json!({ "delta": pieces, "reason": reason });
        let answered = wait::until("the inventory hearing of the product", NEWS_LIMIT, async || {
            Ok(match self.post(&path, &adjustment, key).await {
                Ok(answer) if answer.status() == StatusCode::NOT_FOUND => Look::NotYet("not found yet".to_owned()),
                outcome => Look::There(outcome),
            })
        })
        .await?;
        let _: IgnoredAny = expect_success(answered?).await?.json().await?;
        Ok(())
    }

    /// Orders one piece of a product, as soon as the order service has heard of it.
    pub(crate) async fn order(&self, product: ProductId, key: &str) -> Result<()> {
        let order = json!({ "lines": [{ "product_id": product, "quantity": 1 }], "payment_method": "pm_card_visa" });
        let answered = wait::until("the order service hearing of the product", NEWS_LIMIT, async || {
            Ok(match self.post("/orders", &order, key).await {
                Ok(answer) if answer.status() == StatusCode::UNPROCESSABLE_ENTITY => {
                    Look::NotYet("unknown yet".to_owned())
                }
                outcome => Look::There(outcome),
            })
        })
        .await?;
        expect_success(answered?).await.map(drop)
    }

    /// What this caller is let in with.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// With a key under which a repetition is recognised.
    async fn post(&self, path: &str, body: &impl Serialize, key: &str) -> Result<Response> {
        self.send(|| self.request(Method::POST, path).header("idempotency-key", key).json(body)).await
    }

    /// To be completed, and sent by itself or given to [`send`](Self::send).
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Waits and asks again when it is told to: by a limit, because its last try is not over yet, or by a gateway that has
    /// not found the service yet.
    pub(crate) async fn send(&self, request: impl Fn() -> RequestBuilder) -> Result<Response> {
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
pub(crate) async fn expect_success(answer: Response) -> Result<Response> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let url = answer.url().path().to_owned();
    let text = answer.text().await.unwrap_or_default();
    let problem: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    bail!("{url} answered {status}: {problem}")
}
