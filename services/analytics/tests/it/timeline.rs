//! `GET /analytics/orders/{id}/timeline`

use livemart_contracts::events::PaymentStalled;
use livemart_contracts::{Clock, OrderId};
use livemart_testing::run;
use livemart_web::Role;
use serde_json::{Value, json};

use crate::fixture::{Analytics, Order, message, time};

fn path(order: OrderId) -> String {
    format!("/orders/{order}/timeline")
}

#[test]
fn a_timeline_tells_each_event_with_its_cause_and_how_long_it_took() {
    run(async {
        let analytics = Analytics::open().await;
        let order = Order::made(time("2026-03-01T10:00:00Z"), &[(Clock::default().new_id(), 1, 10)]);
        let created = analytics.hears(order.made_at, &order.created()).await;
        let authorized = analytics.hears_because(order.after(25), Some(created), &order.authorized()).await;
        let reserved = analytics.hears_because(order.after(35), Some(authorized), &order.reserved()).await;
        let confirmed = analytics.hears_because(order.after(36), Some(reserved), &order.confirmed()).await;
        // The confirmation was missed, asked for and announced again.
        let stalled = PaymentStalled { order_id: order.id, payment_id: order.id.uuid().into() };
        let stalled = analytics.hears(order.after(60_000), &stalled).await;
        let again = message(order.after(60_010), Some(stalled), &order.confirmed());
        analytics.commits(std::slice::from_ref(&again)).await;

        let told = analytics.answers(&path(order.id)).await;
        assert_eq!(told["order_id"], json!(order.id));
        let event = |id, subject, service, cause: Option<_>, after_ms: Option<f64>, time| json!({ "id": id, "subject": subject, "service": service, "cause": cause, "after_ms": after_ms, "time": time });
        assert_eq!(
            told["events"],
            json!([
                event(created, "order.created", "order", None, None, order.made_at),
                event(authorized, "payment.authorized", "payment", Some(created), Some(25.0), order.after(25)),
                event(reserved, "stock.reserved", "inventory", Some(authorized), Some(10.0), order.after(35)),
                event(confirmed, "order.confirmed", "order", Some(reserved), Some(1.0), order.after(36)),
                event(stalled, "payment.stalled", "payment", None, None, order.after(60_000)),
                event(again.attributes.id, "order.confirmed", "order", Some(stalled), Some(10.0), order.after(60_010)),
            ])
        );
    });
}

#[test]
fn a_timeline_is_for_the_orders_own_customer_and_the_staff() {
    run(async {
        let analytics = Analytics::open().await;
        let order = Order::made(time("2026-03-01T10:00:00Z"), &[(Clock::default().new_id(), 1, 10)]);
        let only_paid = Order::made(time("2026-03-01T10:00:00Z"), &[(Clock::default().new_id(), 1, 10)]);
        analytics.hears(order.made_at, &order.created()).await;
        analytics.hears(only_paid.after(10), &only_paid.authorized()).await;
        let asked = async |role, user, id: OrderId| analytics.ask_as(role, user, &path(id)).await.0;
        let other = only_paid.customer_id;
        assert_eq!(asked(Role::Customer, order.customer_id, order.id).await, 200);
        assert_eq!(asked(Role::Customer, other, order.id).await, 404);
        assert_eq!(asked(Role::Admin, other, order.id).await, 200);
        assert_eq!(asked(Role::Customer, other, only_paid.id).await, 404, "whose it is, is not known yet");
        assert_eq!(asked(Role::Admin, other, only_paid.id).await, 200);
        assert_eq!(asked(Role::Admin, other, Clock::default().new_id()).await, 404);
        let (status, body) = analytics.ask("/orders/ord_nonsense/timeline").await;
        assert_eq!((status, &body["code"]), (404, &Value::from("not-found")));
    });
}
