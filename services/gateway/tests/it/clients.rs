//! Where a request comes from.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::routing::get;
use livemart_gateway::config::Settings;

use crate::fixture::Gateway;

/// What the service is told of a client that claims to come from 6.6.6.6, through a proxy that adds 203.0.113.7.
async fn told(trusted_hops: u8) -> String {
    let service = async |headers: HeaderMap| headers["x-forwarded-for"].to_str().expect("text").to_owned();
    let gateway = Gateway::with_settings(Settings { trusted_hops, ..Settings::default() });
    let gateway = gateway.with("order-1", &["/orders"], Router::new().route("/orders", get(service))).await;
    let request = Request::get("/orders").header("x-forwarded-for", "6.6.6.6, 203.0.113.7").body(Body::empty());
    gateway.ask(request.expect("a request")).await.body
}

#[tokio::test]
async fn a_trusted_proxy_says_who_the_client_is_and_nobody_else_does() {
    assert_eq!(told(0).await, "10.0.0.7", "whoever connects");
    assert_eq!(told(1).await, "203.0.113.7");
}
