//! `GET /api/v1/services`.

use axum::body::Body;
use livemart_gateway::replica::Runs;

use crate::fixture::{self, ADMIN_TOKEN, Answer, CUSTOMER_TOKEN, Gateway};

async fn list(gateway: &Gateway, query: &str, token: &str) -> Answer {
    let request = fixture::get(&format!("/api/v1/services{query}")).header("authorization", format!("Bearer {token}"));
    gateway.ask(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn the_staff_see_who_is_there() {
    let gateway =
        Gateway::new().with_dead("order-2", &["/orders"]).await.with_dead("order-1", &["/orders", "/cart"]).await;
    let all = list(&gateway, "", ADMIN_TOKEN).await.json();
    let first = &all["data"][0];
    assert_eq!((first["name"].as_str(), first["instance"].as_str()), (Some("order"), Some("order-1")));
    assert_eq!(first["routes"], serde_json::json!(["/orders", "/cart"]));
    assert_eq!((first["pid"].as_u64(), first["reachable"].as_bool()), (Some(1), Some(true)));
    assert!(first["configuration"].is_null(), "it has not told yet");
    assert!(first["address"].as_str().is_some_and(|address| address.starts_with("http://127.0.0.1:")));
    assert!(all["next_cursor"].is_null());

    let upstream = gateway.registry.upstreams().remove(0);
    gateway.registry.runs(&upstream.replica.id, Runs { revision: 12, refused: 1 });
    let all = list(&gateway, "", ADMIN_TOKEN).await.json();
    assert_eq!(all["data"][0]["configuration"], serde_json::json!({ "revision": 12, "refused": 1 }));

    let page = list(&gateway, "?limit=1", ADMIN_TOKEN).await.json();
    let cursor = page["next_cursor"].as_str().expect("there is another page");
    let next = list(&gateway, &format!("?limit=1&cursor={cursor}"), ADMIN_TOKEN).await.json();
    assert_eq!(next["data"][0]["instance"], "order-2");
    assert!(next["next_cursor"].is_null());
}

#[tokio::test]
async fn nobody_else_does() {
    let gateway = Gateway::new();
    assert_eq!(list(&gateway, "", CUSTOMER_TOKEN).await.problem(), (403, "forbidden".to_owned()));
    assert_eq!(gateway.get("/api/v1/services").await.problem(), (401, "token-missing".to_owned()));
}
