//! Services that keep failing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::routing::{any, post};
use futures::{StreamExt, stream};
use livemart_gateway::config::Settings;

use crate::failing::hangs_up;
use crate::fixture::Gateway;

const ORDERS: &[&str] = &["/orders"];

#[tokio::test]
async fn a_service_that_keeps_failing_is_left_alone_until_it_has_a_new_replica() {
    let (address, asked) = hangs_up().await;
    let soon = Settings { circuit_failures: 3, circuit_seconds: 300, ..Settings::default() };
    let gateway = Gateway::with_settings(soon).knows("order-1", ORDERS, address);
    for _ in 0..3 {
        assert_eq!(gateway.post("/orders", "one order").await.problem(), (502, "upstream-failed".to_owned()));
    }
    for _ in 0..3 {
        let answer = gateway.post("/orders", "one order").await;
        assert_eq!(answer.problem(), (503, "circuit-open".to_owned()));
        assert_eq!(answer.headers["retry-after"], "300");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 3, "it was not asked any more");

    let gateway = gateway.with("order-2", ORDERS, Router::new().route("/orders", any(async || "taken"))).await;
    let mut taken = 0;
    for _ in 0..2 {
        taken += u32::from(gateway.post("/orders", "one order").await.body == "taken");
    }
    assert_eq!(taken, 1, "each replica had its turn");
}

#[tokio::test]
async fn after_its_pause_a_service_that_answers_is_used_again() {
    let is_well = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&is_well);
    let service = async move || {
        if !state.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        "taken"
    };
    let impatient =
        Settings { answer_seconds: 1, circuit_failures: 1, circuit_seconds: 1, address_rate: 0, ..Settings::default() };
    let gateway = Gateway::with_settings(impatient);
    let gateway = gateway.with("order-1", ORDERS, Router::new().route("/orders", any(service))).await;
    assert_eq!(gateway.post("/orders", "").await.problem(), (504, "upstream-timed-out".to_owned()));
    assert_eq!(gateway.post("/orders", "").await.problem(), (503, "circuit-open".to_owned()));
    is_well.store(true, Ordering::Relaxed);
    let upstream = gateway.registry.upstreams().remove(0);
    while upstream.circuit.is_open() {
        tokio::task::yield_now().await;
        gateway.post("/orders", "").await;
    }
    assert_eq!(gateway.post("/orders", "").await.body, "taken");
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_body_is_not_the_services_failure() {
    let impatient = Settings { answer_seconds: 1, circuit_failures: 1, circuit_seconds: 300, ..Settings::default() };
    let gateway = Gateway::with_settings(impatient);
    let gateway =
        gateway.with("order-1", ORDERS, Router::new().route("/orders", post(async |body: String| body))).await;
    let half = stream::once(async { Ok::<_, std::io::Error>("half of") }).chain(stream::pending());
    let answer = gateway.post("/orders", Body::from_stream(half)).await;
    assert_eq!(answer.problem(), (408, "body-timed-out".to_owned()));
    assert_eq!(gateway.post("/orders", "one order").await.body, "one order");
}
