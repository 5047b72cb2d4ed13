//! The audit as a service: again and again, with its last result for people and for Prometheus.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use livemart_audit::rules;
use prometheus::{Gauge, IntCounter, IntGaugeVec, TextEncoder};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{Messages, Report};
use crate::access::{AuditAccess, NatsAccess};
use crate::terminal::say;

static VIOLATIONS: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    let (name, help) = ("livemart_audit_violations", "Broken rules that the last audit found");
    prometheus::register_int_gauge_vec!(name, help, &["rule"])
        .unwrap_or_else(|error| unreachable!("a metric with a fixed name: {error}"))
});
static LAST_SUCCESS: LazyLock<Gauge> = LazyLock::new(|| {
    let (name, help) = ("livemart_audit_last_completed_timestamp_seconds", "When an audit last read everything");
    prometheus::register_gauge!(name, help).unwrap_or_else(|error| unreachable!("a metric with a fixed name: {error}"))
});
static DURATION: LazyLock<Gauge> = LazyLock::new(|| {
    let (name, help) = ("livemart_audit_duration_seconds", "How long the last audit took");
    prometheus::register_gauge!(name, help).unwrap_or_else(|error| unreachable!("a metric with a fixed name: {error}"))
});
static FAILURES: LazyLock<IntCounter> = LazyLock::new(|| {
    let (name, help) = ("livemart_audit_failures_total", "Audits that could not read everything");
    prometheus::register_int_counter!(name, help)
        .unwrap_or_else(|error| unreachable!("a metric with a fixed name: {error}"))
});

type Last = watch::Receiver<Option<Arc<Report>>>;

/// Audits every `every`, and answers `/audit` with the last report and `/metrics`, until the program is ended.
pub(crate) async fn serve(
    listen: SocketAddr,
    every: Duration,
    database: AuditAccess,
    nats: NatsAccess,
    messages: Messages,
) -> Result<()> {
    let listener = TcpListener::bind(listen).await.with_context(|| format!("{listen} cannot be listened on"))?;
    say!("auditing every {} s; http://{}/audit and /metrics", every.as_secs(), listener.local_addr()?);
    let (found, last) = watch::channel(None);
    let audits = async {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match super::run(&database, &nats, messages).await {
                Ok(report) => {
                    count(&report);
                    found.send_replace(Some(Arc::new(report)));
                }
                Err(error) => {
                    FAILURES.inc();
                    say!("the audit could not be made: {error:#}");
                }
            }
        }
    };
    let router = Router::new()
        .route("/audit", get(report))
        .route("/livez", get(async || StatusCode::OK))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(last);
    tokio::select! {
        served = axum::serve(listener, router) => Ok(served?),
        () = audits => Ok(()),
    }
}

fn count(report: &Report) {
    for rule in rules::ALL {
        let broken = report.violations.iter().filter(|violation| violation.rule == *rule).count();
        VIOLATIONS.with_label_values(&[rule.name]).set(i64::try_from(broken).unwrap_or(i64::MAX));
    }
    LAST_SUCCESS.set(report.at.timestamp_millis() as f64 / 1_000.0);
    DURATION.set(report.seconds);
    for violation in &report.violations {
        say!("{violation}");
    }
}

/// 503 before the first audit is done; a violation is an answer, not a failure.
async fn report(State(last): State<Last>) -> impl IntoResponse {
    match last.borrow().clone() {
        Some(report) => Json(&*report).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "the first audit is under way").into_response(),
    }
}

async fn ready(State(last): State<Last>) -> StatusCode {
    if last.borrow().is_some() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn metrics() -> impl IntoResponse {
    match TextEncoder::new().encode_to_string(&prometheus::gather()) {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
