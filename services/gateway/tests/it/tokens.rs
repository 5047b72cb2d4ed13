//! Access tokens at the edge.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::routing::get;

use crate::fixture::{self, Answer, CUSTOMER_TOKEN, EXPIRED_TOKEN, Gateway};

async fn with_authorization(gateway: &Gateway, value: &str) -> Answer {
    gateway.ask(fixture::get("/orders").header("authorization", value).body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn forged_tokens_are_refused_before_a_service_is_asked_and_expired_ones_are_its_affair() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let service = async move |headers: HeaderMap| {
        count.fetch_add(1, Ordering::Relaxed);
        headers.get("authorization").map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
    };
    let gateway = Gateway::new().with("order-1", &["/orders"], Router::new().route("/orders", get(service))).await;
    for bad in ["Bearer forged", "Basic dXNlcjpwYXNz", "Bearer", ""] {
        let answer = with_authorization(&gateway, bad).await;
        assert_eq!(answer.problem(), (401, "invalid-token".to_owned()), "{bad}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0);

    for token in [CUSTOMER_TOKEN, EXPIRED_TOKEN] {
        let sent = format!("Bearer {token}");
        assert_eq!(with_authorization(&gateway, &sent).await.body, sent, "the service gets it, to verify it itself");
    }
    assert_eq!(gateway.get("/orders").await.body, "", "what is public is for the service to say");
}
