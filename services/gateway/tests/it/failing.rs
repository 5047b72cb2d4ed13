//! Replicas that are gone, break off or never answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::{any, get};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::fixture::Gateway;

const ORDERS: &[&str] = &["/orders"];

fn replica(name: &'static str) -> Router {
    Router::new().route("/orders", any(async move |body: String| format!("{name} got {body}")))
}

/// Reads the beginning of each request and hangs up; counts them.
pub async fn hangs_up() -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut some = [0; 64];
            if connection.read(&mut some).await.is_ok_and(|read| read > 0) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    (address, asked)
}

#[tokio::test]
async fn a_path_that_nobody_ever_announced_is_unknown() {
    let gateway = Gateway::new().with("order-1", ORDERS, replica("order-1")).await;
    for path in ["/", "/order", "/orders2", "/api/v1/orders"] {
        assert_eq!(gateway.get(path).await.problem(), (404, "unknown-path".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn a_known_path_without_a_live_replica_is_unavailable_for_a_while() {
    let gateway = Gateway::new().with_dead("order-1", ORDERS).await;
    for _ in 0..2 {
        let answer = gateway.get("/orders").await;
        assert_eq!(answer.problem(), (503, "service-unavailable".to_owned()));
        assert_eq!(answer.headers["retry-after"], "1");
    }
}

#[tokio::test]
async fn a_request_that_reached_nobody_goes_to_the_next_replica_with_its_body() {
    let gateway = Gateway::new().with_dead("order-1", ORDERS).await.with_dead("order-2", ORDERS).await;
    let gateway = gateway.with("order-3", ORDERS, replica("order-3")).await;
    for number in 0..6 {
        let body = format!("order {number}");
        assert_eq!(gateway.post("/orders", body.clone()).await.body, format!("order-3 got {body}"));
    }
    let upstreams = gateway.registry.upstreams();
    let ejected: Vec<bool> = upstreams.iter().map(|upstream| upstream.is_ejected()).collect();
    assert_eq!(ejected, [true, true, false]);
    // The services are to be asked again at once, not at the next turn.
    gateway.registry.outdated().await;
}

#[tokio::test]
async fn a_replica_that_came_back_on_another_port_is_used_as_soon_as_it_is_heard_of() {
    let gateway = Gateway::new().with_dead("order-1", ORDERS).await;
    assert_eq!(gateway.get("/orders").await.problem().0, 503);
    let gateway = gateway.with("order-1", ORDERS, replica("order-1")).await;
    assert_eq!(gateway.get("/orders").await.body, "order-1 got ");
}

#[tokio::test]
async fn what_may_have_taken_effect_is_not_sent_again() {
    let (address, asked) = hangs_up().await;
    let gateway = Gateway::new().knows("order-1", ORDERS, address).with("order-2", ORDERS, replica("order-2")).await;
    let mut codes = Vec::new();
    for _ in 0..2 {
        let answer = gateway.post("/orders", "one order").await;
        codes.push(if answer.status.is_success() { answer.status.as_u16() } else { answer.problem().0 });
    }
    codes.sort_unstable();
    assert_eq!(codes, [200, 502], "each replica had its turn");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_safe_request_is_sent_again_when_a_replica_breaks_off() {
    let (address, asked) = hangs_up().await;
    let gateway = Gateway::new().knows("order-1", ORDERS, address).with("order-2", ORDERS, replica("order-2")).await;
    for _ in 0..2 {
        assert_eq!(gateway.get("/orders").await.body, "order-2 got ");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let (address, _) = hangs_up().await;
    let alone = Gateway::new().knows("order-1", ORDERS, address);
    assert_eq!(alone.get("/orders").await.problem(), (502, "upstream-failed".to_owned()));
}

#[tokio::test]
async fn a_replica_that_does_not_answer_is_given_up() {
    let asked = Arc::new(Semaphore::new(0));
    let reached = Arc::clone(&asked);
    let silent = async move || {
        reached.add_permits(1);
        std::future::pending::<()>().await;
    };
    let gateway = Gateway::new().with("order-1", ORDERS, Router::new().route("/orders", get(silent))).await;
    let stop_the_clock = async {
        // From here on time passes only when everybody waits for it.
        asked.acquire().await.expect("a request").forget();
        tokio::time::pause();
    };
    let (answer, ()) = futures::join!(gateway.get("/orders"), stop_the_clock);
    assert_eq!(answer.problem(), (504, "upstream-timed-out".to_owned()));
    assert_eq!(gateway.registry.upstreams()[0].pending(), 0);
}

#[tokio::test]
async fn requests_are_spread_over_the_replicas_by_what_they_have_to_do() {
    let gate = Arc::new(Semaphore::new(0));
    let held = |name: &'static str| {
        let gate = Arc::clone(&gate);
        Router::new().route(
            "/orders",
            get(async move || {
                gate.acquire().await.expect("it opens").forget();
                name
            }),
        )
    };
    let gateway = Gateway::new().with("order-1", ORDERS, held("order-1")).await;
    let gateway = gateway.with("order-2", ORDERS, held("order-2")).await;
    let requests = futures::future::join_all((0..10).map(|_| gateway.get("/orders")));
    let open = async {
        while gateway.registry.upstreams().iter().map(|upstream| upstream.pending()).sum::<usize>() < 10 {
            tokio::task::yield_now().await;
        }
        gate.add_permits(10);
    };
    let (answers, ()) = futures::join!(requests, open);
    let by_first = answers.iter().filter(|answer| answer.body == "order-1").count();
    assert_eq!((by_first, answers.len()), (5, 10));
}
