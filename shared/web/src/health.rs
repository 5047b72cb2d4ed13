//! `/livez` and `/readyz?verbose`, on the admin port.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

/// What a service needs to do its work. A check answers why it fails.
#[async_trait::async_trait]
pub trait Check: Send + Sync {
    fn name(&self) -> &'static str;
    async fn check(&self) -> Result<(), String>;
}

/// The checks of one service. It is not ready before [`Health::set_ready`] and after it began to stop.
#[derive(Clone, Default)]
pub struct Health {
    started: Arc<AtomicBool>,
    checks: Arc<Vec<Box<dyn Check>>>,
}

impl Health {
    pub fn new(checks: Vec<Box<dyn Check>>) -> Self {
        Self { started: Arc::default(), checks: Arc::new(checks) }
    }

    pub fn set_ready(&self, ready: bool) {
        self.started.store(ready, Ordering::Relaxed);
    }
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<CheckResult>,
}

#[derive(Serialize)]
struct CheckResult {
    name: &'static str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// The health endpoints.
pub fn router(health: Health) -> Router {
    Router::new().route("/livez", get(|| async { "ok" })).route("/readyz", get(readyz)).with_state(health)
}

async fn readyz(State(health): State<Health>, RawQuery(query): RawQuery) -> (StatusCode, Json<Readiness>) {
    let started = health.started.load(Ordering::Relaxed);
    let mut checks = vec![CheckResult {
        name: "running",
        ok: started,
        detail: (!started).then(|| "the service is starting or stopping".to_owned()),
    }];
    for check in health.checks.iter() {
        let result = check.check().await;
        checks.push(CheckResult { name: check.name(), ok: result.is_ok(), detail: result.err() });
    }
    let ready = checks.iter().all(|check| check.ok);
    let verbose = query.is_some_and(|query| query.split('&').any(|part| part.starts_with("verbose")));
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, checks: if verbose { checks } else { Vec::new() } }))
}
