//! The inbox: lists, what is read, whose is whose.

use livemart_testing::run;
use reqwest::Method;
use serde_json::json;

use crate::desk::{Desk, told};

#[test]
fn people_read_their_own_notifications_in_their_language() {
    run(async {
        let desk = Desk::open().await;
        let (hana, other) = (desk.customer("hana@example.com").await, desk.customer("other@example.com").await);
        let pen = desk.shop.product(1_500, 10).await;
        let order = hana.places(&[(pen, 1)], "pm_card_declined").await;
        let failed = told(&hana.api, "order-failed", 1).await.remove(0);
        assert_eq!(
            (failed["order_id"].as_str(), failed["failure"].as_str()),
            (Some(order.to_string().as_str()), Some("payment-declined"))
        );
        assert!(failed["text"].as_str().unwrap().contains("declined") && failed["read_at"].is_null(), "{failed}");

        let korean = hana.api.request(Method::GET, "/api/v1/notifications").header("accept-language", "ko-KR,en;q=0.5");
        let korean = hana.api.send(korean).await.expect(200);
        assert_eq!(korean["data"][0]["title"], "주문을 완료하지 못했습니다");

        // Pages, newest first.
        let first = hana.api.get("/api/v1/notifications?limit=1").await.expect(200);
        assert_eq!(first["data"][0]["kind"], "order-failed");
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = hana.api.get(&format!("/api/v1/notifications?limit=1&cursor={cursor}")).await.expect(200);
        assert_eq!((&second["data"][0]["kind"], &second["next_cursor"]), (&json!("welcome"), &json!(null)));

        // Read, once and for all.
        let path = format!("/api/v1/notifications/{}/read", failed["id"].as_str().unwrap());
        let read = hana.api.post(&path, &json!({})).await.expect(200);
        assert_eq!(hana.api.post(&path, &json!({})).await.expect(200)["read_at"], read["read_at"]);
        let unread = hana.api.get("/api/v1/notifications?unread=true").await.expect(200);
        assert_eq!(unread["data"].as_array().unwrap().len(), 1, "{unread}");
        assert_eq!(unread["data"][0]["kind"], "welcome");

        // Nobody else's.
        other.api.post(&path, &json!({})).await.expect_problem(404, "not-found");
        let others = other.api.get("/api/v1/notifications").await.expect(200);
        assert!(others["data"].as_array().unwrap().iter().all(|told| told["kind"] == "welcome"), "{others}");
        let staff = &desk.shop.staff().await.api;
        staff.post(&path, &json!({})).await.expect_problem(404, "not-found");
        hana.api.anonymous().get("/api/v1/notifications").await.expect_problem(401, "token-missing");
        hana.api.get("/api/v1/notifications?unread=maybe").await.expect_problem(422, "validation-failed");
        hana.api.get("/api/v1/notifications?color=red").await.expect_problem(422, "validation-failed");
        hana.api.post("/api/v1/notifications/ntf_x/read", &json!({})).await.expect_problem(404, "not-found");
        for path in ["/api/v1/mails", "/api/v1/webhook-endpoints"] {
            hana.api.get(path).await.expect_problem(403, "forbidden");
        }
        desk.close().await;
    });
}
