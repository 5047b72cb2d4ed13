//! What waits too long is counted and listed.

use livemart_contracts::{Clock, PaymentId};
use livemart_testing::{Shop, eventually, run};
use serde_json::json;
use sqlx::Executor as _;

use crate::console::livemart;

/// The values of `livemart_saga_waiting` at one replica of `service`, as it exports them.
async fn waiting(shop: &Shop, service: &str) -> Vec<String> {
    let replicas = shop.discovery().replicas().await.unwrap();
    let replica = replicas.iter().find(|replica| replica.service == service).unwrap();
    let metrics = reqwest::get(format!("{}/metrics", replica.admin)).await.unwrap().text().await.unwrap();
    metrics.lines().filter_map(|line| line.strip_prefix("livemart_saga_waiting")).map(str::to_owned).collect()
}

async fn waits(shop: &Shop, service: &str, expected: &[&str]) {
    eventually("the watchdog's look", async || match waiting(shop, service).await {
        values if values == expected => Ok(()),
        values => Err(format!("{values:?}")),
    })
    .await;
}

#[test]
fn a_capture_that_hangs_is_counted_by_its_service_and_listed_by_command() {
    run(async {
        let shop = Shop::open().await;
        let (customer, pen) = (shop.customer().await, shop.product(1_500, 10).await);
        let order = customer.places(&[(pen, 2)], "pm_card_visa").await;
        shop.settles(&[order]).await;
        waits(&shop, "order", &[r#"{step="decision"} 0"#]).await;
        let payment = |capture: u32| {
            let values =
                [("authorization", 0), ("capture", capture), ("decision-on-hold", 0), ("refund", 0), ("void", 0)];
            values.map(|(step, value)| format!("{{step=\"{step}\"}} {value}"))
        };
        let values = payment(0);
        waits(&shop, "payment", &values.each_ref().map(String::as_str)).await;
        assert_eq!(livemart(&shop, "sagas stuck --json").await.json(), json!([]));

        // As if the provider had been away for an hour, and were asked again in another one.
        let mut admin = shop.admin().await;
        admin.execute("UPDATE payments.payments SET status = 'authorized', captured = 0").await.unwrap();
        admin.execute("UPDATE orders.orders SET updated_at = now() - interval '1 hour'").await.unwrap();
        let other: PaymentId = Clock::default().new_id();
        let asked =
            "INSERT INTO payments.tasks (kind, subject, idempotency_key, request, traceparent, status, attempts,
                                                 due_at, last_error, created_at)
                     VALUES ('payment.capture', $1, $1, json_build_object('order_id', $2), '', 'waiting', 7,
                             now() + interval '1 hour', 'it is down', now() - interval '1 hour')";
        let asked = sqlx::query(asked).bind(other.to_string()).bind(order.to_string());
        asked.execute(&mut admin).await.unwrap();

        let values = payment(1);
        waits(&shop, "payment", &values.each_ref().map(String::as_str)).await;
        let said = livemart(&shop, "sagas stuck --json").await;
        assert!(!said.succeeded);
        let stuck = said.json();
        assert_eq!(stuck.as_array().unwrap().len(), 1, "{stuck}");
        assert_eq!((&stuck[0]["order_id"], &stuck[0]["step"]), (&json!(order.to_string()), &json!("capture")));
        assert_eq!(stuck[0]["call"], json!({"kind": "payment.capture", "attempts": 7, "last_error": "it is down"}));
        // Not closed: its books are wrong on purpose.
        shop.stop().await;
    });
}
