//! Two of every service, side by side: they share the load, and every saga ends as it should.

use std::collections::BTreeMap;

use livemart_contracts::OrderId;
use livemart_local::SERVICES;
use livemart_testing::{Shop, eventually, run};

use crate::console::livemart;

/// Orders of one round: of every kind, several at once.
const ROUND: usize = 12;
/// Rounds after which every replica must have had its share.
const ROUNDS: usize = 10;
/// Every way in which an order can be paid, or not.
const CARDS: [&str; 5] =
    ["pm_card_visa", "pm_card_declined", "pm_card_insufficient_funds", "pm_card_slow", "pm_card_flaky"];

/// Of one replica: requests that it answered, and events that it decided about.
#[derive(Debug, Clone, Copy, Default)]
struct Work {
    requests: f64,
    decisions: f64,
}

/// The sum of a counter over its labels, in what `/metrics` says.
fn sum(metrics: &str, name: &str) -> f64 {
    let of_name = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{'));
    let values = metrics.lines().filter(of_name).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    values.sum()
}

/// What each replica has done, by its service and its number among them.
async fn work(shop: &Shop) -> BTreeMap<String, Vec<Work>> {
    let mut work: BTreeMap<String, Vec<Work>> = BTreeMap::new();
    for replica in shop.discovery().replicas().await.unwrap() {
        let metrics = reqwest::get(format!("{}/metrics", replica.admin)).await.unwrap().text().await.unwrap();
        let done = Work {
            requests: sum(&metrics, "http_server_request_duration_seconds_count"),
            decisions: sum(&metrics, "livemart_inbox_decisions_total"),
        };
        work.entry(replica.service).or_default().push(done);
    }
    work
}

/// Services of which one replica had nothing to do so far. All of them answer requests; who reads events decides about some.
fn idle(work: &BTreeMap<String, Vec<Work>>) -> Vec<String> {
    let reads = |service: &str| {
        let services = livemart_streams::descriptions();
        services.iter().any(|one| one.name == service && !one.subscriptions.is_empty())
    };
    let is_idle = |service: &str, done: &Work| done.requests == 0.0 || reads(service) && done.decisions == 0.0;
    let of_shop = SERVICES.iter().filter(|service| !service.is_public());
    of_shop
        .filter(|service| {
            let replicas = work.get(service.name).map(Vec::as_slice).unwrap_or_default();
            replicas.len() != 2 || replicas.iter().any(|done| is_idle(service.name, done))
        })
        .map(|service| format!("{} {:?}", service.name, work.get(service.name)))
        .collect()
}

/// Places orders of every kind; some are cancelled. Looks at what every service shows.
async fn round(shop: &Shop, number: usize) -> Vec<OrderId> {
    let (customer, staff) = (shop.customer().await, shop.staff().await);
    let (pen, rare) = (shop.product(1_500, 1_000).await, shop.product(9_900, 1).await);
    let place = async |place: usize| {
        let lines = if place % 4 == 3 { vec![(pen, 1), (rare, 1)] } else { vec![(pen, 2)] };
        let order = customer.places(&lines, CARDS[(place + number) % CARDS.len()]).await;
        if place % 6 == 5 {
            // It may have failed before.
            customer.api.post(&format!("/api/v1/orders/{order}/cancel"), &serde_json::json!({})).await;
        }
        order
    };
    let orders = futures::future::join_all((0..ROUND).map(place)).await;
    for path in ["/api/v1/products", "/api/v1/notifications", "/api/v1/orders", "/api/v1/users/me/addresses"] {
        customer.api.get(path).await.expect(200);
    }
    for path in ["/api/v1/analytics/funnel".to_owned(), format!("/api/v1/stock/{pen}"), "/api/v1/users".to_owned()] {
        staff.api.get(&path).await.expect(200);
    }
    staff.api.get(&format!("/api/v1/payments?order_id={}", orders[0])).await.expect(200);
    orders
}

#[test]
fn two_replicas_of_every_service_share_the_load_and_every_order_is_decided() {
    run(async {
        let shop = Shop::open_with(|mut options| {
            options.replicas = 2;
            options
        })
        .await;
        let mut orders = Vec::new();
        for number in 0..ROUNDS {
            orders.extend(round(&shop, number).await);
            shop.settles(&orders).await;
            if idle(&work(&shop).await).is_empty() {
                break;
            }
        }
        let idle = idle(&work(&shop).await);
        assert!(idle.is_empty(), "after {} orders a replica had nothing to do:\n{}", orders.len(), idle.join("\n"));

        let undecided = "SELECT count(*) FROM orders.orders WHERE status = 'pending' AND $1::uuid IS NOT NULL";
        assert_eq!(shop.count(undecided, orders[0].uuid()).await, 0);
        for status in ["confirmed", "failed", "cancelled"] {
            eventually(&format!("some order being {status}"), async || {
                let mut admin = shop.admin().await;
                let of_status = sqlx::query_scalar("SELECT count(*) FROM orders.orders WHERE status = $1");
                let count: i64 =
                    of_status.bind(status).fetch_one(&mut admin).await.map_err(|error| error.to_string())?;
                if count > 0 { Ok(()) } else { Err("none".to_owned()) }
            })
            .await;
        }
        let audit = livemart(&shop, "audit --json").await;
        assert!(audit.succeeded, "{}", audit.text);
        shop.close().await;
    });
}
