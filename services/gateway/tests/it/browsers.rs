//! What browsers are told.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Method;
use axum::response::IntoResponse;
use axum::routing::get;
use livemart_gateway::config::{Scheme, Settings};

use crate::fixture::{Answer, Gateway};

async fn serving(gateway: Gateway) -> Gateway {
    let own = async || ([("content-security-policy", "default-src 'self'")], "page").into_response();
    let service = Router::new().route("/orders", get(async || "orders")).route("/page", get(own));
    gateway.with("order-1", &["/orders", "/page"], service).await
}

async fn ask(gateway: &Gateway, method: Method, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri("/orders");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    gateway.ask(request.body(Body::empty()).expect("a request")).await
}

fn welcoming(origins: &[&str]) -> Settings {
    Settings {
        cors_origins: origins.iter().map(|one| one.parse().expect("an origin")).collect(),
        ..Settings::default()
    }
}

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let gateway = serving(Gateway::new()).await;
    for path in ["/orders", "/nobody"] {
        let answer = gateway.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        let told = (answer.header("x-content-type-options"), answer.header("referrer-policy"));
        assert_eq!(told, ("nosniff", "no-referrer"), "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "there is no TLS to insist on");
    }
    let own = gateway.get("/page").await;
    assert_eq!(own.header("content-security-policy"), "default-src 'self'", "the service knows better");
    let behind_tls = serving(Gateway::sharing(Settings::default(), Scheme::Https, &[])).await;
    assert_eq!(behind_tls.get("/orders").await.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn a_preflight_is_answered_by_the_gateway_for_the_origins_that_are_welcome() {
    let gateway = serving(Gateway::with_settings(welcoming(&["https://shop.example"]))).await;
    let preflight = async |origin: &str| {
        let asks = [("origin", origin), ("access-control-request-method", "POST")];
        ask(&gateway, Method::OPTIONS, &asks).await
    };
    let welcome = preflight("https://shop.example").await;
    assert_eq!((welcome.status.as_u16(), welcome.body.as_str()), (200, ""));
    assert_eq!(welcome.header("access-control-allow-origin"), "https://shop.example");
    let list = |name: &str| welcome.header(name).to_lowercase();
    assert!(list("access-control-allow-methods").contains("patch"));
    assert!(list("access-control-allow-headers").contains("idempotency-key"));
    assert_eq!(welcome.header("access-control-max-age"), "600");
    assert!(welcome.header("access-control-allow-credentials").is_empty());
    assert!(preflight("https://evil.example").await.header("access-control-allow-origin").is_empty());
    // Without an origin it is a request like any other.
    assert_eq!(ask(&gateway, Method::OPTIONS, &[]).await.status.as_u16(), 405);
}

#[tokio::test]
async fn an_answer_may_be_read_by_pages_of_welcome_origins_only() {
    for (origins, origin, allowed) in [
        (&["https://shop.example"][..], "https://shop.example", Some("https://shop.example")),
        (&["https://shop.example"], "https://shop.example.evil.example", None),
        (&["*"], "https://any.example", Some("https://any.example")),
        (&[], "https://shop.example", None),
    ] {
        let gateway = serving(Gateway::with_settings(welcoming(origins))).await;
        let answer = ask(&gateway, Method::GET, &[("origin", origin)]).await;
        assert_eq!(answer.body, "orders");
        assert_eq!(
            answer.header("access-control-allow-origin"),
            allowed.unwrap_or_default(),
            "{origin} at {origins:?}"
        );
    }
}
