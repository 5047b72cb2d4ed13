//! One webhook over HTTP: signed, without redirects, within a limit. Of the answer only the status counts, and `Retry-After`.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use livemart_contracts::EventId;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
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
        let (status, error, retry_after) = match self.post(event, outgoing, timestamp).await {
            Ok(answer) => (Some(answer.status().as_u16()), None, retry_after(answer.headers(), timestamp)),
            Err(error) => (None, Some(error), None),
        };
        Try { status, error, took: started.elapsed(), retry_after }
    }

    async fn post(&self, event: EventId, outgoing: &Outgoing, timestamp: i64) -> Result<Response, String> {
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
        request.send().await.map_err(|error| explained(&error.without_url()))
    }
}

/// How long the receiver wants to be left alone: seconds, or a date, which counts from `now` (seconds since 1970).
fn retry_after(headers: &HeaderMap, now: i64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse() {
        Ok(seconds) => seconds,
        Err(_) => u64::try_from(DateTime::parse_from_rfc2822(text).ok()?.timestamp() - now).ok()?,
    };
    Some(Duration::from_secs(seconds))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_says_for_how_long_or_until_when_it_is_to_be_left_alone() {
        let told = |text: &str| {
            let value = text.parse().unwrap_or_else(|_| panic!("{text}"));
            retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]), 1_445_412_420)
        };
        assert_eq!(told("120"), Some(Duration::from_secs(120)));
        assert_eq!(told("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::from_secs(60)));
        for nothing in ["", "soon", "-1", "Wed, 21 Oct 2015 07:00:00 GMT"] {
            assert_eq!(told(nothing), None, "{nothing}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), 0), None);
    }
}
