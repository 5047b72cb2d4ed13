//! Webhooks to a real server, checked with an independent implementation of Standard Webhooks.

use std::collections::BTreeSet;

use livemart_testing::{Api, eventually, run};
use serde_json::{Value, json};

use crate::desk::{Desk, STAFF, told};
use crate::receiver::{Received, Receiver};

async fn endpoint(staff: &Api, receiver: &Receiver, types: &[&str]) -> (String, String) {
    let wish = json!({ "url": receiver.url, "description": "a test", "event_types": types });
    let made = staff.post("/api/v1/webhook-endpoints", &wish).await.expect(201);
    (format!("/api/v1/webhook-endpoints/{}", made["id"].as_str().unwrap()), made["secret"].as_str().unwrap().to_owned())
}

/// The attempts at the endpoint, once there are as many and all are decided.
async fn attempts(staff: &Api, endpoint: &str, number: usize) -> Vec<Value> {
    eventually("the record of the attempts", async || {
        let list = staff.get(&format!("{endpoint}/attempts?limit=100")).await.expect(200);
        let attempts = list["data"].as_array().unwrap().clone();
        let decided = attempts.iter().all(|attempt| attempt["delivery"] != "waiting");
        if attempts.len() >= number && decided { Ok(attempts) } else { Err(list) }
    })
    .await
}

#[test]
fn an_endpoint_gets_the_events_it_asks_for_signed_and_again_until_it_takes_them() {
    run(async {
        let (desk, receiver) = (Desk::open().await, Receiver::start().await);
        let staff = &desk.shop.staff().await.api;
        let (path, secret) = endpoint(staff, &receiver, &["order.confirmed", "payment.captured"]).await;
        let shown = staff.get(&path).await.expect(200);
        assert!(shown.get("secret").is_none(), "it is shown once: {shown}");

        receiver.answers(&[500, 500]);
        let (hana, pen) = (desk.customer("hana@example.com").await, desk.shop.product(1_500, 10).await);
        let order = hana.places(&[(pen, 2)], "pm_card_visa").await;
        let attempts = attempts(staff, &path, 4).await;
        let received = receiver.received();
        assert_eq!(received.len(), 4, "two events, each tried twice");
        for webhook in &received {
            assert!(webhook.is_signed_with(&secret), "{webhook:?}");
            assert_eq!(webhook.json()["id"], webhook.id());
            assert_eq!(webhook.json()["data"]["order_id"], order.to_string());
        }
        let confirmed = receiver.arrived("order.confirmed", 2).await;
        assert_eq!(confirmed[0].id(), confirmed[1].id(), "a receiver that keeps ids drops the second");
        assert_eq!(confirmed[0].json()["data"]["customer_id"], hana.id.to_string());
        assert_eq!(confirmed[0].body, confirmed[1].body);

        let statuses: Vec<&Value> = attempts.iter().map(|attempt| &attempt["status"]).collect();
        assert_eq!(statuses, [204, 204, 500, 500]);
        assert!(attempts.iter().all(|attempt| attempt["delivery"] == "delivered" && attempt["took_ms"].is_u64()));

        // Sent again because the staff say so, under the same id.
        let resend = format!("{path}/attempts/{}/resend", attempts[0]["id"].as_str().unwrap());
        staff.post(&resend, &json!({})).await.expect(202);
        let kind = attempts[0]["event_type"].as_str().unwrap();
        let again = receiver.arrived(kind, 3).await;
        assert!(again.iter().all(|webhook| webhook.id() == again[0].id()));

        // Two secrets for a day.
        let rotated = staff.post(&format!("{path}/rotate-secret"), &json!({})).await.expect(200);
        let (new_secret, before) = (rotated["secret"].as_str().unwrap(), receiver.received().len());
        hana.places(&[(pen, 1)], "pm_card_visa").await;
        for webhook in receiver.after(before, 2).await {
            assert!(webhook.is_signed_with(&secret) && webhook.is_signed_with(new_secret), "{webhook:?}");
        }
        desk.execute("UPDATE notifications.webhook_endpoints SET previous_secret_until = now()").await;
        staff.post(&resend, &json!({})).await.expect(202);
        let last = receiver.after(before + 2, 1).await.remove(0);
        assert!(!last.is_signed_with(&secret) && last.is_signed_with(new_secret), "{last:?}");

        assert_eq!(staff.delete(&path).await.status, 204);
        staff.get(&path).await.expect_problem(404, "not-found");
        desk.close().await;
    });
}

#[test]
fn an_endpoint_hears_of_the_catalogue_and_of_goods_if_it_asks_for_them() {
    run(async {
        let (desk, receiver) = (Desk::open().await, Receiver::start().await);
        let staff = &desk.shop.staff().await.api;
        let types = ["product.created", "stock.changed", "stock.committed"];
        let (path, secret) = endpoint(staff, &receiver, &types).await;
        let (hana, pen) = (desk.customer("hana@example.com").await, desk.shop.product(1_500, 10).await);
        let created = receiver.arrived("product.created", 1).await.remove(0);
        assert_eq!(created.json()["data"]["product_id"], pen.to_string());
        assert_eq!(created.json()["data"]["price"], json!({ "amount": 1_500, "currency": "KRW" }));

        let order = hana.places(&[(pen, 2)], "pm_card_visa").await;
        let committed = receiver.arrived("stock.committed", 1).await.remove(0);
        assert_eq!(committed.json()["data"]["order_id"], order.to_string());
        assert_eq!(committed.json()["data"]["lines"], json!([{ "product_id": pen.to_string(), "quantity": 2 }]));
        eventually("the level that is left", async || {
            let levels = receiver.arrived("stock.changed", 1).await;
            let left = levels.iter().any(|level| level.json()["data"]["on_hand"] == 8);
            if left { Ok(()) } else { Err(format!("{levels:?}")) }
        })
        .await;
        desk.shop.settles(&[order]).await;

        // Nothing twice, nothing else.
        let received = receiver.received();
        let ids: BTreeSet<&str> = received.iter().map(Received::id).collect();
        assert_eq!(ids.len(), received.len(), "{received:?}");
        for webhook in &received {
            assert!(webhook.is_signed_with(&secret), "{webhook:?}");
            assert!(types.contains(&webhook.json()["type"].as_str().unwrap()), "{webhook:?}");
        }
        assert_eq!(attempts(staff, &path, received.len()).await.len(), received.len());
        desk.close().await;
    });
}

#[test]
fn an_endpoint_that_is_gone_or_fails_for_days_is_disabled_and_the_staff_are_told() {
    run(async {
        let (desk, gone, failing) = (Desk::open().await, Receiver::start().await, Receiver::start().await);
        let staff = &desk.shop.staff().await.api;
        let (gone_path, _) = endpoint(staff, &gone, &["order.created"]).await;
        let (failing_path, _) = endpoint(staff, &failing, &["order.created"]).await;
        gone.answers(&[410]);
        failing.answers(&[503; 2]);
        let (hana, pen) = (desk.customer("hana@example.com").await, desk.shop.product(1_500, 10).await);
        hana.places(&[(pen, 1)], "pm_card_visa").await;
        let is_disabled = async |path: &str, reason: &str| {
            eventually("an endpoint being disabled", async || match staff.get(path).await.expect(200) {
                shown if shown["status"] == "disabled" => {
                    assert_eq!(shown["disabled_reason"], reason);
                    Ok(())
                }
                shown => Err(shown),
            })
            .await;
        };
        is_disabled(&gone_path, "gone").await;
        told(staff, "webhook-endpoint-disabled", 1).await;

        // Three days later.
        failing.arrived("order.created", 1).await;
        eventually("the endpoint being left alone for as long as it asks", async || {
            let put_off = "SELECT count(*) FROM notifications.tasks WHERE kind = 'notification.webhook'
                           AND status = 'waiting' AND due_at > now() + interval '50 minutes' AND $1::uuid IS NOT NULL";
            if desk.shop.count(put_off, hana.id.uuid()).await == 1 { Ok(()) } else { Err("it is not") }
        })
        .await;
        desk.execute(
            "UPDATE notifications.tasks SET attempts = 19, due_at = now()
             WHERE kind = 'notification.webhook' AND status = 'waiting'",
        )
        .await;
        is_disabled(&failing_path, "failing").await;
        let disabled = told(staff, "webhook-endpoint-disabled", 2).await;
        assert!(failing_path.ends_with(disabled[0]["webhook_endpoint_id"].as_str().unwrap()), "{disabled:?}");
        desk.mail.arrived(STAFF, 2).await;
        let attempt = &attempts(staff, &failing_path, 2).await[0];
        assert_eq!(attempt["delivery"], "failed");

        // What happens now is not for them.
        hana.places(&[(pen, 1)], "pm_card_visa").await;
        let resend = format!("{failing_path}/attempts/{}/resend", attempt["id"].as_str().unwrap());
        staff.post(&resend, &json!({})).await.expect_problem(409, "endpoint-disabled");
        staff.post(&format!("{failing_path}/enable"), &json!({})).await.expect(200);
        staff.post(&resend, &json!({})).await.expect(202);
        assert_eq!(attempts(staff, &failing_path, 3).await[0]["delivery"], "delivered");
        assert_eq!((gone.received().len(), failing.received().len()), (1, 3));
        desk.close().await;
    });
}

#[test]
fn an_endpoint_that_hangs_has_few_of_the_places_and_gets_everything_once_it_answers() {
    const PRODUCTS: usize = 40;
    run(async {
        let (desk, hanging, well) = (Desk::open().await, Receiver::start().await, Receiver::start().await);
        let staff = &desk.shop.staff().await.api;
        hanging.hangs(true);
        let (path, _) = endpoint(staff, &hanging, &["product.created"]).await;
        endpoint(staff, &well, &["product.created"]).await;
        for _ in 0..PRODUCTS {
            desk.shop.product(1_500, 10).await;
        }
        well.arrived("product.created", PRODUCTS).await;
        let put_off = "SELECT count(*) FROM notifications.tasks WHERE kind = 'notification.webhook'
                       AND status = 'waiting' AND attempts = 0 AND due_at > now() AND $1::uuid IS NOT NULL";
        eventually("a delivery that waits without an attempt", async || {
            if desk.shop.count(put_off, uuid::Uuid::nil()).await > 0 { Ok(()) } else { Err("none") }
        })
        .await;

        hanging.hangs(false);
        eventually("everything", async || {
            let received = hanging.received();
            let ids: BTreeSet<&str> = received.iter().map(Received::id).collect();
            if ids.len() == PRODUCTS { Ok(()) } else { Err(format!("{} of {PRODUCTS}", ids.len())) }
        })
        .await;
        attempts(staff, &path, PRODUCTS).await;
        assert_eq!(hanging.most_at_once(), 16);
        desk.close().await;
    });
}

#[test]
fn only_sensible_endpoints_can_be_made() {
    run(async {
        let desk = Desk::open_with(|options| options.with("LIVEMART_NOTIFICATION_PRIVATE_WEBHOOKS", "false")).await;
        let staff = &desk.shop.staff().await.api;
        for wrong in [
            json!({ "url": "http://127.0.0.1:9000/" }),
            json!({ "url": "https://169.254.169.254/latest/meta-data" }),
            json!({ "url": "https://[::1]/" }),
            json!({ "url": "http://hooks.example.com/" }),
            json!({ "url": "nonsense" }),
            json!({ "url": "https://hooks.example.com/", "event_types": ["user.registered"] }),
            json!({ "url": "https://hooks.example.com/", "event_types": ["stock.stalled"] }),
            json!({ "url": "https://hooks.example.com/", "colour": "red" }),
            json!({}),
        ] {
            staff.post("/api/v1/webhook-endpoints", &wrong).await.expect_problem(422, "validation-failed");
        }

        // A name is judged when it is resolved.
        let wish = json!({ "url": "https://localhost:9443/", "event_types": ["order.created"] });
        let made = staff.post("/api/v1/webhook-endpoints", &wish).await.expect(201);
        let path = format!("/api/v1/webhook-endpoints/{}", made["id"].as_str().unwrap());
        let (hana, pen) = (desk.customer("hana@example.com").await, desk.shop.product(1_500, 10).await);
        hana.places(&[(pen, 1)], "pm_card_visa").await;
        let refused = eventually("an attempt", async || {
            let attempts = staff.get(&format!("{path}/attempts")).await.expect(200);
            attempts["data"].as_array().unwrap().first().cloned().ok_or(attempts)
        });
        let refused = refused.await;
        assert!(refused["error"].as_str().unwrap().contains("not a public one"), "{refused}");
        assert!(refused["status"].is_null(), "{refused}");
        desk.close().await;
    });
}
