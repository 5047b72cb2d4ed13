//! `GET /analytics/sales`

use livemart_contracts::Clock;
use livemart_contracts::events::{FailureCode, OrderFailed, OrderFailure};
use livemart_contracts::money::Currency;
use livemart_testing::run;
use livemart_web::Role;
use serde_json::{Value, json};

use crate::fixture::{Analytics, Order, time};

fn takings(currency: &str, [gross, cancelled, refunded, net]: [i64; 4]) -> Value {
    let money = |amount| json!({ "amount": amount, "currency": currency });
    json!({ "gross": money(gross), "cancelled": money(cancelled), "refunded": money(refunded), "net": money(net) })
}

#[test]
fn what_is_cancelled_or_refunded_is_taken_out_of_the_interval_it_was_sold_in() {
    run(async {
        let analytics = Analytics::open().await;
        let product = Clock::default().new_id();
        let kept = Order::made(time("2026-03-01T10:59:59Z"), &[(product, 2, 1_500)]);
        let cancelled = Order::made(time("2026-03-01T11:00:00Z"), &[(product, 1, 1_500)]);
        let refunded = Order::made(time("2026-03-02T09:00:00Z"), &[(product, 3, 1_500)]);
        for order in [&kept, &cancelled, &refunded] {
            analytics.sells(order).await;
        }
        // Days later, and each as the only news of its stream.
        analytics.hears(time("2026-03-05T09:00:00Z"), &cancelled.refunded(1_500)).await;
        analytics.hears(time("2026-03-05T09:00:00Z"), &refunded.refunded(500)).await;
        analytics.hears(time("2026-03-06T09:00:00Z"), &refunded.refunded(501)).await;
        analytics.hears(time("2026-03-05T09:00:00Z"), &cancelled.cancelled()).await;

        let sales = analytics.answers("/sales?from=2026-03-01&to=2026-03-04&interval=day").await;
        let figures: Vec<(&Value, &Value)> =
            sales["data"].as_array().unwrap().iter().map(|day| (&day["from"], &day["sales"])).collect();
        assert_eq!(
            figures,
            [
                (&json!("2026-03-01T00:00:00Z"), &json!([takings("KRW", [4_500, 1_500, 0, 3_000])])),
                (&json!("2026-03-02T00:00:00Z"), &json!([takings("KRW", [4_500, 0, 1_001, 3_499])])),
                (&json!("2026-03-03T00:00:00Z"), &json!([])),
            ]
        );
        assert_eq!(sales["data"][0]["orders"], json!({ "placed": 2, "paid": 2, "failed": 0, "cancelled": 1 }));
        assert_eq!(sales["total"]["sales"], json!([takings("KRW", [9_000, 1_500, 1_001, 6_499])]));

        let hours = analytics.answers("/sales?from=2026-03-01T10:00:00Z&to=2026-03-01T12:00:00Z&interval=hour").await;
        assert_eq!(hours["data"][0]["sales"], json!([takings("KRW", [3_000, 0, 0, 3_000])]));
        assert_eq!(hours["data"][1]["sales"], json!([takings("KRW", [1_500, 1_500, 0, 0])]));
        for (interval, intervals) in [("week", 2), ("month", 1)] {
            let path = format!("/sales?from=2026-03-01&to=2026-03-04&interval={interval}");
            let sales = analytics.answers(&path).await;
            assert_eq!(sales["data"].as_array().map(Vec::len), Some(intervals), "2026-03-02 is a Monday: {sales}");
            assert_eq!(sales["total"]["sales"], json!([takings("KRW", [9_000, 1_500, 1_001, 6_499])]));
        }
    });
}

#[test]
fn currencies_are_never_added_up() {
    run(async {
        let analytics = Analytics::open().await;
        let product = Clock::default().new_id();
        let at = time("2026-03-01T10:00:00Z");
        analytics.sells(&Order::made(at, &[(product, 1, 1_500)])).await;
        analytics.sells(&Order::made_in(Currency::USD, at, &[(product, 2, 999)])).await;
        let sales = analytics.answers("/sales?from=2026-03-01&to=2026-03-02").await;
        let both = json!([takings("KRW", [1_500, 0, 0, 1_500]), takings("USD", [1_998, 0, 0, 1_998])]);
        assert_eq!((&sales["data"][0]["sales"], &sales["total"]["sales"]), (&both, &both));
    });
}

#[test]
fn an_order_that_failed_is_no_sale() {
    run(async {
        let analytics = Analytics::open().await;
        let order = Order::made(time("2026-03-01T10:00:00Z"), &[(Clock::default().new_id(), 1, 1_500)]);
        analytics.hears(order.made_at, &order.created()).await;
        let failure = OrderFailure { code: FailureCode::TimedOut, detail: "too slow".to_owned() };
        let failed = OrderFailed { order_id: order.id, customer_id: order.customer_id, failure };
        analytics.hears(order.after(60_000), &failed).await;
        let sales = analytics.answers("/sales?from=2026-03-01&to=2026-03-02").await;
        assert_eq!(sales["total"]["orders"], json!({ "placed": 1, "paid": 0, "failed": 1, "cancelled": 0 }));
        assert_eq!(sales["total"]["sales"], json!([]));
    });
}

#[test]
fn without_a_time_the_last_thirty_days_are_told() {
    run(async {
        let analytics = Analytics::open().await;
        analytics.sells(&Order::made(Clock::default().now(), &[(Clock::default().new_id(), 1, 1_500)])).await;
        let sales = analytics.answers("/sales").await;
        let days = sales["data"].as_array().unwrap();
        assert_eq!(days.len(), 30);
        assert_eq!(sales["total"]["orders"]["placed"], 1);
        assert_eq!(analytics.answers("/sales?from=2026-03-01").await["to"], "2026-03-31T00:00:00Z");
        assert_eq!(analytics.answers("/sales?to=2026-03-31").await["from"], "2026-03-01T00:00:00Z");
    });
}

#[test]
fn a_time_that_cannot_be_told_is_refused_with_the_reason() {
    run(async {
        let analytics = Analytics::open().await;
        for (query, wrong) in [
            ("from=yesterday", &[("from", "invalid")][..]),
            ("from=2026-03-01&to=2026-03-01", &[("to", "out-of-range")]),
            ("from=2026-03-02&to=2026-03-01", &[("to", "out-of-range")]),
            ("from=2026-03-01T10:30:00Z", &[("from", "not-full")]),
            ("from=2026-03-01&to=2026-03-02T00:00:01Z", &[("to", "not-full")]),
            ("interval=year", &[("interval", "invalid")]),
            ("from=2020-01-01&to=2026-01-01&interval=day", &[("interval", "too-many")]),
            ("from=0&interval=1", &[("from", "invalid"), ("interval", "invalid")]),
            ("until=2026-03-01", &[("", "invalid")]),
            ("from=a%00b", &[("from", "invalid")]),
        ] {
            analytics.refuses(&format!("/sales?{query}"), wrong).await;
        }
        analytics.answers("/sales?from=9998-12-31T22:00:00Z&to=9998-12-31T23:00:00Z&interval=month").await;
        analytics.answers("/funnel?from=1970-01-01&to=9998-12-31").await;
        analytics.answers("/sagas?from=1970-01-01&to=9998-12-31").await;
        analytics.answers("/products?from=1970-01-01&to=9998-12-31").await;
        analytics.refuses("/products?from=2026-03-01T01:00:00Z", &[("from", "not-full")]).await;
        analytics.refuses("/products?cursor=eA", &[("cursor", "invalid")]).await;
        analytics.answers("/sales?from=9998-12-31T23:00:00Z").await;
        analytics.answers("/sales?to=1970-01-01").await;
    });
}

#[test]
fn figures_are_for_the_staff() {
    run(async {
        let analytics = Analytics::open().await;
        for path in ["/sales", "/products", "/funnel", "/sagas"] {
            let (status, body) = analytics.ask_as(Role::Customer, Clock::default().new_id(), path).await;
            assert_eq!((status, body["code"].as_str()), (403, Some("forbidden")), "{path}");
        }
    });
}
