//! `GET /analytics/funnel`

use livemart_contracts::Clock;
use livemart_contracts::events::{
    FailureCode, OrderDelivered, OrderFailed, OrderFailure, OrderShipped, PaymentFailed, Shortage, StockFailed,
};
use livemart_testing::run;
use serde_json::json;

use crate::fixture::{Analytics, Order, time};

#[test]
fn orders_are_counted_as_far_as_they_came_and_where_they_ended() {
    run(async {
        let analytics = Analytics::open().await;
        let product = Clock::default().new_id();
        let made = || Order::made(time("2026-03-01T10:00:00Z"), &[(product, 1, 1_500)]);
        let (delivered, cancelled, undone, declined, short) = (made(), made(), made(), made(), made());
        let failed = |order: &Order, code| {
            let failure = OrderFailure { code, detail: String::new() };
            OrderFailed { order_id: order.id, customer_id: order.customer_id, failure }
        };

        analytics.sells(&delivered).await;
        let (order_id, customer_id) = (delivered.id, delivered.customer_id);
        analytics.hears(time("2026-03-03T10:00:00Z"), &OrderShipped { order_id, customer_id }).await;
        analytics.hears(time("2026-03-04T10:00:00Z"), &OrderDelivered { order_id, customer_id }).await;

        analytics.sells(&cancelled).await;
        analytics.hears(cancelled.after(5_000), &cancelled.cancelled()).await;

        analytics.hears(undone.made_at, &undone.created()).await;
        analytics.hears(undone.after(5), &undone.cancelled()).await;

        analytics.hears(declined.made_at, &declined.created()).await;
        let (code, detail) = ("card-declined".to_owned(), String::new());
        let payment = PaymentFailed { order_id: declined.id, payment_id: declined.id.uuid().into(), code, detail };
        analytics.hears(declined.after(5), &payment).await;
        analytics.hears(declined.after(10), &failed(&declined, FailureCode::PaymentDeclined)).await;

        analytics.hears(short.made_at, &short.created()).await;
        analytics.hears(short.after(5), &short.authorized()).await;
        let shortages = vec![Shortage { product_id: product, requested: 1, available: 0 }];
        analytics.hears(short.after(10), &StockFailed { order_id: short.id, shortages }).await;
        analytics.hears(short.after(15), &failed(&short, FailureCode::OutOfStock)).await;

        let funnel = analytics.answers("/funnel?from=2026-03-01T10:00:00Z&to=2026-03-01T11:00:00Z").await;
        let steps = [
            ("order.created", 5),
            ("payment.authorized", 3),
            ("stock.reserved", 2),
            ("order.confirmed", 2),
            ("payment.captured", 2),
            ("order.shipped", 1),
            ("order.delivered", 1),
        ];
        assert_eq!(funnel["steps"], json!(steps.map(|(step, orders)| json!({ "step": step, "orders": orders }))));
        assert_eq!(
            funnel["failures"],
            json!([{ "code": "out-of-stock", "orders": 1 }, { "code": "payment-declined", "orders": 1 }])
        );
        assert_eq!(funnel["declines"], json!([{ "code": "card-declined", "orders": 1 }]));
        assert_eq!(funnel["shortages"], 1);
        assert_eq!(funnel["cancellations"], json!({ "before_confirmation": 1, "after_confirmation": 1 }));

        let sagas = analytics.answers("/sagas?from=2026-03-01&to=2026-03-02").await;
        let failed = &funnel["failures"];
        assert_eq!(sagas["outcomes"], json!({ "undecided": 0, "confirmed": 1, "failed": failed, "cancelled": 2 }));

        let other = analytics.answers("/funnel?from=2026-03-01T11:00:00Z&to=2026-03-05").await;
        assert!(other["steps"].as_array().unwrap().iter().all(|step| step["orders"] == 0), "{other}");
    });
}
