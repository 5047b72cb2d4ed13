//! `GET /analytics/sagas`

use livemart_contracts::Clock;
use livemart_contracts::events::{PaymentStalled, StockStalled};
use livemart_testing::run;
use serde_json::{Value, json};

use crate::fixture::{Analytics, Order, time};

#[test]
fn durations_are_told_for_the_whole_and_by_step() {
    run(async {
        let analytics = Analytics::open().await;
        let product = Clock::default().new_id();
        // Confirmed after 1, 2, … 100 ms, and captured as long after that.
        for number in 1..=100 {
            let order = Order::made(time("2026-03-01T10:00:00Z"), &[(product, 1, 10)]);
            analytics.hears(order.made_at, &order.created()).await;
            analytics.hears(order.after(number), &order.confirmed()).await;
            analytics.hears(order.after(2 * number), &order.captured()).await;
        }
        let sagas = analytics.answers("/sagas?from=2026-03-01&to=2026-03-02").await;
        let took = |times: [f64; 4], after: &str, until: &str, service: &str| {
            let [p50, p90, p99, max] = times;
            json!({ "after": after, "until": until, "service": service, "orders": 100,
                    "p50_ms": p50, "p90_ms": p90, "p99_ms": p99, "max_ms": max })
        };
        assert_eq!(
            sagas["durations"],
            json!([
                took([50.0, 90.0, 99.0, 100.0], "order.created", "order.confirmed", "order"),
                took([100.0, 180.0, 198.0, 200.0], "order.created", "payment.captured", "payment"),
            ])
        );
        let steps = sagas["steps"].as_array().unwrap();
        assert_eq!(steps[3], took([50.0, 90.0, 99.0, 100.0], "order.confirmed", "payment.captured", "payment"));
        assert_eq!((&steps[1]["orders"], &steps[1]["p50_ms"]), (&json!(0), &Value::Null), "nothing was reserved");
        assert_eq!((&steps[1]["until"], &steps[1]["service"]), (&json!("stock.reserved"), &json!("inventory")));
        assert_eq!(sagas["outcomes"]["confirmed"], 100);
    });
}

#[test]
fn orders_that_wait_for_a_decision_are_undecided_and_who_asked_for_it_is_counted_once() {
    run(async {
        let analytics = Analytics::open().await;
        let order = Order::made(time("2026-03-01T10:00:00Z"), &[(Clock::default().new_id(), 1, 10)]);
        analytics.hears(order.made_at, &order.created()).await;
        let (payment_id, reservation_id) = (order.id.uuid().into(), order.id.uuid().into());
        analytics.hears(order.after(60_000), &PaymentStalled { order_id: order.id, payment_id }).await;
        analytics.hears(order.after(60_000), &StockStalled { order_id: order.id, reservation_id }).await;
        let again =
            crate::fixture::message(order.after(120_000), None, &PaymentStalled { order_id: order.id, payment_id });
        analytics.commits(&[again]).await;
        let sagas = analytics.answers("/sagas?from=2026-03-01&to=2026-03-02").await;
        assert_eq!(sagas["outcomes"], json!({ "undecided": 1, "confirmed": 0, "failed": [], "cancelled": 0 }));
        assert_eq!(sagas["stalled"], json!({ "payments": 1, "reservations": 1 }));
    });
}
