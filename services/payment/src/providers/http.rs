//! One call to a provider over HTTP: within a limit, without redirects, its answer of a bounded size.

use std::error::Error as _;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use secrecy::SecretString;
use serde_json::Value;

use super::ProviderError;

/// A connection that takes longer to make will hardly be answered in time.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// A page of a hundred payments with everything about them is a tenth of it.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;
/// Kept for the next call. Calls in the air are bounded by the tasks.
const IDLE_CONNECTIONS: usize = 32;

/// How a provider is reached.
#[derive(Debug, Clone)]
pub struct Access {
    /// Without it, the provider's own.
    pub url: Option<Url>,
    pub key: SecretString,
    /// That webhooks are signed with; several while one is being replaced.
    pub webhook_secrets: Vec<SecretString>,
    /// How long one call may take.
    pub limit: Duration,
}

/// What calls have in common. Opened when the service starts.
#[derive(Debug, Default)]
pub(super) struct Transport {
    opened: OnceLock<Opened>,
}

#[derive(Debug)]
struct Opened {
    client: Client,
    url: Url,
    access: Access,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Transport {
    pub(super) fn open(&self, access: &Access, own_url: &str) -> anyhow::Result<()> {
        let client = Client::builder()
            // An API that moves says so in its documentation; a secret key is not taken elsewhere.
            .redirect(Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .timeout(access.limit)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .user_agent(concat!("LiveMart/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let url = access.url.clone().map_or_else(|| Url::parse(own_url), Ok)?;
        // Opened once, when the service starts.
        let _ = self.opened.set(Opened { client, url, access: access.clone() });
        Ok(())
    }

    pub(super) fn access(&self) -> Option<&Access> {
        self.opened.get().map(|opened| &opened.access)
    }

    /// A request to be completed; `path` is appended to the provider's address.
    pub(super) fn request(
        &self,
        method: Method,
        path: &str,
        sign: impl FnOnce(RequestBuilder, &SecretString) -> RequestBuilder,
    ) -> Result<RequestBuilder, ProviderError> {
        let opened = self.opened.get();
        let opened = opened.ok_or_else(|| ProviderError::Unavailable("it is not opened yet".to_owned()))?;
        let url = format!("{}{path}", opened.url.as_str().trim_end_matches('/'));
        Ok(sign(opened.client.request(method, url), &opened.access.key))
    }
}

/// Sends `request`. A call that was begun and has no answer may have been carried out.
pub(super) async fn send(request: RequestBuilder) -> Result<Answer, ProviderError> {
    let mut response = request.send().await.map_err(unanswered)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST_ANSWER {
            return Err(ProviderError::Unknown(format!("its answer is larger than {LARGEST_ANSWER} bytes")));
        }
    }
    // A gateway in between answers what it likes, in HTML; the status says enough then.
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Ok(Answer { status, headers, body })
}

fn unanswered(error: reqwest::Error) -> ProviderError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    if error.is_connect() || error.is_builder() {
        ProviderError::Unavailable(text)
    } else {
        ProviderError::Unknown(text)
    }
}

/// An answer that should be of a known shape and is not: whatever it was about may be done.
pub(super) fn parsed<T: serde::de::DeserializeOwned>(body: Value) -> Result<T, ProviderError> {
    serde_json::from_value(body).map_err(|error| ProviderError::Unknown(format!("its answer cannot be read: {error}")))
}

/// Whether `text` may stand in a path. Some of it comes from customers.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'='))
}
