//! A third party's server: takes webhooks, checks their signatures with the library of Standard Webhooks, and answers as
//! it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use livemart_testing::eventually;
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A webhook as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Received {
    pub fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Whether a receiver that knows this secret takes it.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        Webhook::new(secret).unwrap().verify(&self.body, &self.headers).is_ok()
    }
}

#[derive(Clone, Default)]
struct Desk {
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

pub struct Receiver {
    desk: Desk,
    pub url: String,
    serving: JoinHandle<()>,
}

impl Receiver {
    pub async fn start() -> Self {
        let desk = Desk::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let router = Router::new().route("/hooks", post(take)).with_state(desk.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { desk, url, serving }
    }

    /// What it answers next, one after the other; 204 when nothing is left.
    pub fn answers(&self, statuses: &[u16]) {
        self.desk.answers.lock().unwrap().extend(statuses);
    }

    pub fn received(&self) -> Vec<Received> {
        self.desk.received.lock().unwrap().clone()
    }

    /// Waits until as many webhooks arrived after the first ones, and gives them back.
    pub async fn after(&self, first: usize, number: usize) -> Vec<Received> {
        eventually("webhooks", async || match self.received().split_off(first) {
            later if later.len() >= number => Ok(later),
            later => Err(format!("{} of {number}", later.len())),
        })
        .await
    }

    /// Waits until as many webhooks of this type arrived, and gives them back.
    pub async fn arrived(&self, kind: &str, number: usize) -> Vec<Received> {
        let what = format!("{number} webhooks of {kind}");
        eventually(&what, async || {
            let all = self.received();
            let found: Vec<Received> = all.iter().filter(|received| received.json()["type"] == kind).cloned().collect();
            if found.len() >= number { Ok(found) } else { Err(format!("{} of {}", found.len(), all.len())) }
        })
        .await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Who is busy (503) is so for an hour.
async fn take(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    desk.received.lock().unwrap().push(Received { headers, body });
    let next = desk.answers.lock().unwrap().pop_front();
    let status = StatusCode::from_u16(next.unwrap_or(204)).unwrap();
    let mut headers = HeaderMap::new();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("3600"));
    }
    (status, headers)
}
