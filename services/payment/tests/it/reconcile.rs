//! Our books beside the sandbox's, by the way that every provider's are read.

use livemart_contracts::{Clock, OrderId, PaymentId, UserId};
use livemart_testing::{Shop, eventually, run};
use serde_json::Value;

use crate::shop::{differences, is_long_ago, is_paid};

/// More than two slices of them.
const PAYMENTS: usize = 250;

/// Payments that were held and taken two hours ago, on both sides.
async fn paid(shop: &Shop) -> Vec<PaymentId> {
    let clock = Clock::ahead_by(chrono::TimeDelta::hours(-2));
    let mut admin = shop.admin().await;
    let mut payments = Vec::new();
    for number in 0..PAYMENTS {
        let (order, payment): (OrderId, PaymentId) = (clock.new_id(), clock.new_id());
        let insert = "INSERT INTO payments.payments (order_id, payment_id, customer_id, status, order_fate, amount, currency,
                                                     method, lines, expires_at, captured, provider, provider_reference,
                                                     created_at, updated_at, version)
                      VALUES ($1, $2, $3, 'captured', 'confirmed', 100, 'KRW', 'pm_card_visa', '[]', $5, 100, 'sandbox', $4,
                              $5, $5, 1)";
        let reference = format!("sandbox_{number}");
        let customer: UserId = clock.new_id();
        let made = sqlx::query(insert).bind(order.uuid()).bind(payment.uuid()).bind(customer.uuid()).bind(&reference);
        made.bind(clock.now()).execute(&mut admin).await.unwrap();
        let hold =
            "INSERT INTO sandbox.holds (reference, idempotency_key, order_reference, method, amount, currency, status,
                                               captured, created_at)
                    VALUES ($1, $1, $2, 'pm_card_visa', 100, 'KRW', 'captured', 100, $3)";
        let held = sqlx::query(hold).bind(&reference).bind(order.to_string()).bind(clock.now());
        held.execute(&mut admin).await.unwrap();
        payments.push(payment);
    }
    payments
}

async fn execute(shop: &Shop, sql: &'static str) {
    sqlx::raw_sql(sql).execute(&mut shop.admin().await).await.unwrap();
}

/// The differences by their kinds, and how many of each, as the service exports them.
async fn exported(shop: &Shop) -> Vec<String> {
    let replicas = shop.discovery().replicas().await.unwrap();
    let replica = replicas.iter().find(|replica| replica.service == "payment").unwrap();
    let metrics = reqwest::get(format!("{}/metrics", replica.admin)).await.unwrap().text().await.unwrap();
    let name = "livemart_payment_reconcile_differences";
    metrics.lines().filter_map(|line| line.strip_prefix(name)).map(str::to_owned).collect()
}

#[test]
fn a_spoiled_book_is_found_in_whichever_slice_it_is_and_on_either_side() {
    run(async {
        let every = ("LIVEMART_PAYMENT_RECONCILE_EVERY_SECONDS", "1");
        let shop = Shop::open_with(|options| options.with(every.0, every.1)).await;
        let (customer, pen) = (shop.customer().await, shop.product(1_500, 10).await);
        let order = customer.places(&[(pen, 2)], "pm_card_visa").await;
        is_paid(&customer, order, "captured").await;
        let payments = paid(&shop).await;
        is_long_ago(&shop).await;
        assert_eq!(differences(&shop).await, Vec::<Value>::new());

        execute(
            &shop,
            "UPDATE sandbox.holds SET refunded = 40 WHERE reference = 'sandbox_180';
             UPDATE payments.payments SET provider_reference = 'sandbox_gone' WHERE provider_reference = 'sandbox_7'",
        )
        .await;
        let mut found = differences(&shop).await;
        found.sort_by_key(|difference| difference["kind"].as_str().unwrap().to_owned());
        let seen: Vec<(&str, Option<&str>, Option<&str>)> = found
            .iter()
            .map(|it| (it["kind"].as_str().unwrap(), it["payment_id"].as_str(), it["reference"].as_str()))
            .collect();
        let (differing, renamed) = (payments[180].to_string(), payments[7].to_string());
        assert_eq!(
            seen,
            [
                ("amounts-differ", Some(differing.as_str()), Some("sandbox_180")),
                ("unknown-to-provider", Some(renamed.as_str()), Some("sandbox_gone")),
                ("unknown-to-us", None, Some("sandbox_7")),
            ]
        );
        eventually("the service's own comparison", async || match exported(&shop).await {
            values
                if values
                    == ["amounts-differ", "unknown-to-provider", "unknown-to-us"]
                        .map(|kind| format!("{{kind=\"{kind}\"}} 1")) =>
            {
                Ok(())
            }
            values => Err(format!("{values:?}")),
        })
        .await;

        // What changed just now may be under way.
        execute(&shop, "UPDATE payments.payments SET updated_at = now() WHERE provider_reference = 'sandbox_180'")
            .await;
        assert_eq!(differences(&shop).await.len(), 2);
        let staff = &shop.staff().await.api;
        let path = "/api/v1/payments/reconciliation";
        let slice = staff.get(&format!("{path}?since=2020-01-01T00:00:00Z")).await.expect(200);
        assert_eq!((&slice["provider"], slice["next"].is_string()), (&"sandbox".into(), true));
        let backwards = format!("{path}?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z");
        staff.get(&backwards).await.expect_problem(422, "validation-failed");
        customer.api.get(path).await.expect_problem(403, "forbidden");
        shop.stop().await;
    });
}
