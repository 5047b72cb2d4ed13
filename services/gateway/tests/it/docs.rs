//! `GET /openapi.json` and `GET /docs`.

use serde_json::Value;

use crate::fixture::Gateway;

#[tokio::test]
async fn the_contract_of_the_shop_is_served_without_any_service() {
    let answer = Gateway::new().get("/openapi.json").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["content-type"]),
        (200, &"application/json".parse().expect("ok"))
    );
    let contract: Value = answer.json();
    assert_eq!(contract["openapi"], "3.1.0");
    assert!(contract["paths"]["/api/v1/orders"]["post"].is_object());
}

#[tokio::test]
async fn the_page_loads_what_the_gateway_has_and_nothing_else() {
    let gateway = Gateway::new();
    let page = gateway.get("/docs").await;
    let policy = page.headers["content-security-policy"].to_str().expect("text");
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    let parts = page.body.split('"').filter(|part| part.starts_with("/docs/"));
    let loaded: Vec<&str> = parts.collect();
    assert_eq!(loaded, ["/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/start.js"]);
    for file in loaded {
        let answer = gateway.send(crate::fixture::get(file).body(axum::body::Body::empty()).expect("a request")).await;
        assert_eq!(answer.status(), 200, "{file}");
        let kind = answer.headers()["content-type"].to_str().expect("text");
        assert!(kind == "text/css" || kind == "text/javascript", "{file} is {kind}");
    }
    // An inline script, or one from elsewhere, would not run under the policy.
    assert!(!page.body.contains("<script>") && !page.body.contains("//"), "{}", page.body);
    assert_eq!(gateway.get("/docs/index.html").await.problem(), (404, "unknown-path".to_owned()));
}
