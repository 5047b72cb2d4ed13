//! One webhook over HTTP: signed, without redirects, within a limit. Of the answer only the status counts.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use livemart_contracts::EventId;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use tokio::time::Instant;

use super::resolver::{NotPublic, PublicOnly};
use crate::domain::{endpoint, signature};
use crate::store::deliveries::{Outgoing, Try};

/// Below the limit of a task's call, so that the record says who was slow.
const ANSWER_LIMIT: Duration = Duration::from_secs(8);
/// A connection that takes longer to make will hardly be answered in time.
const CONNECT_LIMIT: Duration = Duration::from_secs(4);
/// Of each endpoint, kept for its next event.
const IDLE_CONNECTIONS: usize = 4;

#[derive(Debug, Clone)]
pub struct WebhookClient {
    client: Client,
    private: bool,
}

impl WebhookClient {
    /// `private`: whether addresses of this machine and its network may be called.
    pub fn new(private: bool) -> reqwest::Result<Self> {
        let builder = Client::builder()
            // Where an endpoint leads elsewhere, the staff enter the other address, which is then judged.
            .redirect(Policy::none())
            // A proxy resolves names by itself.
            .no_proxy()
            .connect_timeout(CONNECT_LIMIT)
            .timeout(ANSWER_LIMIT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .user_agent(concat!("LiveMart-Webhooks/", env!("CARGO_PKG_VERSION")));
        let builder = if private { builder } else { builder.dns_resolver(Arc::new(PublicOnly)) };
        Ok(Self { client: builder.build()?, private })
    }

    /// Sends `outgoing`, signed at `timestamp` (seconds since 1970).
    pub async fn send(&self, event: EventId, outgoing: &Outgoing, timestamp: i64) -> Try {
        let started = Instant::now();
        let (status, error) = match self.post(event, outgoing, timestamp).await {
            Ok(status) => (Some(status), None),
            Err(error) => (None, Some(error)),
        };
        Try { status, error, took: started.elapsed() }
    }

    async fn post(&self, event: EventId, outgoing: &Outgoing, timestamp: i64) -> Result<u16, String> {
        let url = Url::parse(&outgoing.url).map_err(|error| error.to_string())?;
        // An address is not resolved, so the resolver does not see it.
        if !self.private && !endpoint::allows(&url) {
            return Err(NotPublic.to_string());
        }
        let id = event.to_string();
        let signature = signature::header(&outgoing.secrets, &id, timestamp, &outgoing.body);
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(outgoing.body.clone());
        match request.send().await {
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(error) => Err(explained(&error.without_url())),
        }
    }
}

/// An error with what caused it, which is what tells a refused connection from a name that does not exist.
fn explained(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
