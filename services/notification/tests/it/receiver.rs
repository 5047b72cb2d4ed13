//! A third party's server: takes webhooks, checks their signatures with the library of Standard Webhooks, and answers as
//! it is told.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
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
use tokio::sync::watch;
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
    hangs: Arc<watch::Sender<bool>>,
    at_once: Arc<AtOnce>,
}

/// Webhooks that wait for their answer.
#[derive(Default)]
struct AtOnce {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// One of them; its sender may give up.
struct Waiting(Arc<AtOnce>);

impl Waiting {
    fn begin(at_once: &Arc<AtOnce>) -> Self {
        let now = at_once.now.fetch_add(1, Ordering::Relaxed) + 1;
        at_once.most.fetch_max(now, Ordering::Relaxed);
        Self(Arc::clone(at_once))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
    }
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

    /// Whether it takes webhooks and says nothing.
    pub fn hangs(&self, hangs: bool) {
        self.desk.hangs.send_replace(hangs);
    }

    /// How many waited for its answer at once, at most.
    pub fn most_at_once(&self) -> usize {
        self.desk.at_once.most.load(Ordering::Relaxed)
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
    let _waiting = Waiting::begin(&desk.at_once);
    desk.received.lock().unwrap().push(Received { headers, body });
    desk.hangs.subscribe().wait_for(|hangs| !hangs).await.unwrap();
    let next = desk.answers.lock().unwrap().pop_front();
    let status = StatusCode::from_u16(next.unwrap_or(204)).unwrap();
    let mut headers = HeaderMap::new();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("3600"));
    }
    (status, headers)
}
