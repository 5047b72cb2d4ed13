//! How often a client may ask.

use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use livemart_gateway::config::{Scheme, Settings};
use livemart_testing::{run, servers};

use crate::fixture::{ADMIN_TOKEN, Answer, CUSTOMER_TOKEN, Gateway};

const ORDERS: &[&str] = &["/orders"];

async fn serving(gateway: Gateway) -> Gateway {
    gateway.with("order-1", ORDERS, Router::new().route("/orders", get(async || "orders"))).await
}

/// One request a second, and so many at once.
fn slowly(burst: u32) -> Settings {
    Settings { user_rate: 1, user_burst: burst, address_rate: 1, address_burst: burst, ..Settings::default() }
}

fn passed(answers: &[Answer]) -> u64 {
    answers.iter().filter(|answer| answer.status.is_success()).count() as u64
}

/// As many as the burst has, and those that the time since then allowed.
fn is_one_burst(passed: u64, burst: u64, began: Instant) -> bool {
    (burst..=burst + began.elapsed().as_secs() + 1).contains(&passed)
}

#[test]
fn two_replicas_share_one_limit_of_a_user() {
    run(async {
        let redis = servers().await.redis_urls();
        let replica = async || serving(Gateway::sharing(slowly(20), Scheme::Http, &redis)).await;
        let (one, other) = (replica().await, replica().await);
        let (began, mut answers) = (Instant::now(), Vec::new());
        for address in 1..=20 {
            // A user is the same wherever they are.
            answers.push(one.get_as("/orders", Some(CUSTOMER_TOKEN), [10, 1, 0, address]).await);
            answers.push(other.get_as("/orders", Some(CUSTOMER_TOKEN), [10, 1, 1, address]).await);
        }
        assert!(is_one_burst(passed(&answers), 20, began), "{} passed", passed(&answers));

        let first = &answers[0];
        assert_eq!(
            (first.header("ratelimit-policy"), first.header("ratelimit")),
            ("\"user\";q=20;w=20", "\"user\";r=19;t=1")
        );
        let refused = answers.iter().find(|answer| !answer.status.is_success()).expect("one was refused");
        assert_eq!(refused.problem(), (429, "too-many-requests".to_owned()));
        assert_eq!((refused.header("retry-after"), refused.header("ratelimit")), ("1", "\"user\";r=0;t=20"));
        assert!(one.get_as("/orders", None, [10, 1, 0, 1]).await.status.is_success(), "others are not concerned");
    });
}

#[test]
fn who_is_not_signed_in_is_known_by_the_address_and_so_are_forged_tokens() {
    run(async {
        let redis = servers().await.redis_urls();
        let gateway = serving(Gateway::sharing(slowly(10), Scheme::Http, &redis)).await;
        let (began, mut codes) = (Instant::now(), Vec::new());
        for _ in 0..20 {
            codes.push(gateway.get_as("/orders", Some("forged"), [10, 2, 0, 1]).await.problem().0);
        }
        let refused_as_forged = codes.iter().filter(|code| **code == 401).count() as u64;
        assert!(is_one_burst(refused_as_forged, 10, began), "{codes:?}");
        assert_eq!(gateway.get_as("/orders", None, [10, 2, 0, 1]).await.problem().0, 429);
        assert!(gateway.get_as("/orders", None, [10, 2, 0, 2]).await.status.is_success());
        assert!(gateway.get_as("/orders", Some(ADMIN_TOKEN), [10, 2, 0, 1]).await.status.is_success());
    });
}

#[tokio::test]
async fn without_redis_a_replica_counts_by_itself_and_nobody_waits_for_it() {
    // Nobody listens on this port.
    let redis = ["redis://127.0.0.1:1".to_owned()];
    let gateway = serving(Gateway::sharing(slowly(10), Scheme::Http, &redis)).await;
    let (began, mut answers) = (Instant::now(), Vec::new());
    for _ in 0..30 {
        answers.push(gateway.get_as("/orders", None, [10, 3, 0, 1]).await);
    }
    assert!(is_one_burst(passed(&answers), 10, began), "{} passed", passed(&answers));
    assert!(began.elapsed() < Duration::from_secs(10), "an outage costs time-outs, but not one a request");
}

#[tokio::test]
async fn a_rate_of_zero_is_no_limit() {
    let unlimited = Settings { address_rate: 0, address_burst: 1, ..Settings::default() };
    let gateway = serving(Gateway::with_settings(unlimited)).await;
    for _ in 0..20 {
        let answer = gateway.get("/orders").await;
        assert!(answer.status.is_success() && !answer.headers.contains_key("ratelimit"), "{answer:?}");
    }
}
