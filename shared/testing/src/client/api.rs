//! Requests and answers, without an opinion about them.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::promise;
use crate::eventually::eventually;

/// Longer than any service takes to give up by itself.
const CALL_LIMIT: Duration = Duration::from_secs(40);

/// An address, and as whom it is called.
#[derive(Debug, Clone)]
pub struct Api {
    client: reqwest::Client,
    address: String,
    token: Option<String>,
}

impl Api {
    /// As nobody.
    pub fn at(address: &str) -> Self {
        let client = reqwest::Client::builder().timeout(CALL_LIMIT).build();
        let client = client.unwrap_or_else(|error| panic!("an HTTP client cannot be made: {error}"));
        Self { client, address: address.to_owned(), token: None }
    }

    /// The same address, called with this access token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same address, called as nobody.
    pub fn anonymous(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// The same caller at another address.
    pub fn elsewhere(&self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self.clone() }
    }

    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// To be completed and given to [`send`](Self::send).
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.address));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// With a key of the caller's, under which the request is done once.
    pub async fn post_with_key(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).header("idempotency-key", key).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Panics when there is no answer at all.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.unwrap_or_else(|error| panic!("no answer: {error:?}"))
    }

    /// Sends a request as a good client does: until it is known what came of it, from a shop of which parts are down.
    pub async fn insist(&self, request: impl Fn() -> RequestBuilder) -> Answer {
        eventually("a request being answered", async || match self.try_send(request()).await {
            Ok(answer) if answer.status >= 500 || answer.body["code"] == "request-in-progress" => Err(answer.text),
            Ok(answer) => Ok(answer),
            Err(error) => Err(format!("{error:?}")),
        })
        .await
    }

    /// Panics at an answer that the contract of the shop does not name.
    pub async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let (client, request) = request.build_split();
        let request = request?;
        let method = request.method().clone();
        let answer = client.execute(request).await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let path = answer.url().path().to_owned();
        let text = answer.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer { status, headers, path, text, body };
        promise::check(&method, &answer);
        Ok(answer)
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// What was asked for.
    pub path: String,
    pub text: String,
    /// Null where the text is not JSON.
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body of an answer with this status; panics at another one.
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{} answered {}", self.path, self.text);
        self.body
    }

    /// The body of a problem (RFC 9457) with this status and code, complete in every field; panics at anything else.
    pub fn expect_problem(self, status: u16, code: &str) -> Value {
        let what = format!("{} answered {} {:?} {}", self.path, self.status, self.headers, self.text);
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{what}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{what}");
        assert_eq!(self.body["status"].as_u64(), Some(status.into()), "{what}");
        assert_eq!(self.body["type"].as_str(), Some(format!("/problems/{code}").as_str()), "{what}");
        assert_eq!(self.body["instance"].as_str(), Some(self.path.as_str()), "{what}");
        for field in ["title", "detail"] {
            assert!(self.body[field].as_str().is_some_and(|text| !text.is_empty()), "no {field}: {what}");
        }
        let trace = self.body["trace_id"].as_str().unwrap_or_default();
        assert!(trace.len() == 32 && trace.bytes().all(|digit| digit.is_ascii_hexdigit()), "no trace_id: {what}");
        self.body
    }
}
