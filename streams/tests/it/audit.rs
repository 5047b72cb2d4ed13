//! `livemart audit` beside real shops: clean where all is well, and where it is not, it names who suffers.

use livemart_contracts::OrderId;
use livemart_testing::{Shop, run};
use serde_json::Value;
use sqlx::{Executor as _, PgConnection};

use crate::console::livemart;
use crate::stream::jetstream;

/// So long ago that nothing of it is under way any more.
const LONG_AGO: &str = "
    UPDATE orders.orders SET updated_at = updated_at - interval '1 hour';
    UPDATE payments.payments SET updated_at = updated_at - interval '1 hour';
    UPDATE inventory.reservations SET updated_at = updated_at - interval '1 hour';
    UPDATE inventory.stock SET updated_at = updated_at - interval '1 hour';
    UPDATE orders.outbox SET published_at = published_at - interval '1 minute';";

/// A shop with an order that is paid, one that failed and one that was cancelled, long ago.
async fn shop_with_a_past() -> (Shop, OrderId) {
    let shop = Shop::open().await;
    let (customer, pen) = (shop.customer().await, shop.product(1_500, 10).await);
    let paid = customer.places(&[(pen, 2)], "pm_card_visa").await;
    let declined = customer.places(&[(pen, 1)], "pm_card_declined").await;
    let cancelled = customer.places(&[(pen, 1)], "pm_card_visa").await;
    customer.sees_payment(cancelled, "captured").await;
    customer.insists_on_cancelling(cancelled).await;
    shop.settles(&[paid, declined, cancelled]).await;
    shop.admin().await.execute(LONG_AGO).await.unwrap();
    (shop, paid)
}

/// Does something that no service does, and has it found.
async fn finds(shop: &Shop, sabotage: String, rule: &str, about: &Value) {
    let mut admin: PgConnection = shop.admin().await;
    let touched = sqlx::query(sqlx::AssertSqlSafe(sabotage.clone())).execute(&mut admin).await.unwrap();
    assert_eq!(touched.rows_affected(), 1, "{sabotage}");
    let audit = livemart(shop, "audit --json").await;
    assert!(!audit.succeeded, "{}", audit.text);
    let report = audit.json();
    let found = report["violations"].as_array().unwrap().iter().any(|violation| {
        violation["rule"] == rule && violation["about"] == *about && violation["remedy"].as_str().is_some()
    });
    assert!(found, "nothing about {rule} after {sabotage}: {report:#}");
}

#[test]
fn an_audit_of_a_shop_that_works_is_clean_and_of_one_that_was_tampered_with_names_the_order() {
    run(async {
        let (shop, paid) = shop_with_a_past().await;
        let clean = livemart(&shop, "audit --json").await;
        assert!(clean.succeeded, "{}", clean.text);
        let looked_at = &clean.json()["looked_at"];
        assert_eq!((looked_at["orders"].as_u64(), looked_at["holds"].as_u64()), (Some(3), Some(2)), "{looked_at}");
        assert!(looked_at["events"].as_i64() > Some(10) && looked_at["readers"].as_i64() > Some(10), "{looked_at}");

        let (order, uuid) = (Value::from(paid.to_string()), paid.uuid());
        let money = format!("UPDATE sandbox.holds SET refunded = 1 WHERE order_reference = '{paid}'");
        finds(&shop, money, "our books are the provider's", &order).await;
        let goods = format!("DELETE FROM inventory.movements WHERE order_id = '{uuid}' AND kind = 'commit'");
        finds(&shop, goods, "goods move once", &order).await;
        let figure = format!("UPDATE analytics.payments SET captured = captured + 1 WHERE order_id = '{uuid}'");
        finds(&shop, figure, "analytics equal the ledgers", &order).await;
        let reader = format!(
            "DELETE FROM payments.inbox WHERE consumer = 'payment-order-confirmed' AND event_id =
               (SELECT event_id FROM orders.outbox WHERE subject = 'order.confirmed' AND aggregate_id = '{paid}')"
        );
        finds(&shop, reader, "every event reached everyone who reads it", &order).await;
        let twice = format!(
            "WITH told AS (SELECT * FROM notifications.notifications WHERE subject = '{paid}' AND kind = 'order-confirmed')
             INSERT INTO notifications.notifications (id, inbox_id, number, kind, subject, details, created_at)
             SELECT gen_random_uuid(), inbox_id, 1 + number + 1000, kind, subject, details, created_at FROM told"
        );
        let mut admin = shop.admin().await;
        admin.execute("ALTER TABLE notifications.notifications DROP CONSTRAINT notifications_once").await.unwrap();
        finds(&shop, twice, "nobody is told the same twice", &order).await;
        let stranger = format!("DELETE FROM orders.outbox WHERE subject = 'order.created' AND aggregate_id = '{paid}'");
        finds(&shop, stranger, "nothing is in a stream that nobody announced", &Value::Null).await;
        shop.stop().await;
    });
}

#[test]
fn a_stream_that_is_gone_or_has_holes_is_found_by_the_audit_and_made_whole_by_command() {
    run(async {
        let (shop, _) = shop_with_a_past().await;
        // The service would notice by itself.
        shop.instance("order").unwrap().stop().await.unwrap();
        let jetstream = jetstream(&shop.servers).await;
        jetstream.delete_stream("ORDERS").await.unwrap();
        let audit = livemart(&shop, "audit").await;
        assert!(!audit.succeeded && audit.text.contains("ORDERS is gone"), "{}", audit.text);
        assert!(audit.text.contains("just rebuild-stream STREAM"), "it says what to do: {}", audit.text);

        shop.instance("order").unwrap().start().await.unwrap();
        let rebuilt = livemart(&shop, "rebuild-stream ORDERS --json").await;
        assert!(rebuilt.succeeded, "{}", rebuilt.text);
        let report = rebuilt.json();
        assert_eq!((&report["done"], &report["agrees"]), (&"created".into(), &true.into()), "{report:#}");

        // A hole, while nobody is there who would notice it by himself.
        shop.instance("order").unwrap().stop().await.unwrap();
        let purged = jetstream.get_stream("ORDERS").await.unwrap().purge().filter("order.confirmed").await.unwrap();
        assert_eq!(purged.purged, 2);
        let audit = livemart(&shop, "audit --json").await;
        assert!(audit.text.contains("ORDERS lacks 2 of"), "{}", audit.text);
        shop.instance("order").unwrap().start().await.unwrap();
        // The server remembers the ids of what it lost, so it may take a new stream.
        let rebuilt = livemart(&shop, "rebuild-stream ORDERS --yes --json").await;
        assert!(rebuilt.succeeded && rebuilt.json()["agrees"] == true, "{}", rebuilt.text);
        let audit = livemart(&shop, "audit").await;
        assert!(audit.succeeded, "{}", audit.text);
        // Not closed: a loss is logged as the error that it is.
        shop.stop().await;
    });
}

#[test]
fn what_the_outbox_does_not_account_for_is_read_and_agrees_with_reading_everything() {
    run(async {
        let (shop, paid) = shop_with_a_past().await;
        let both = async || {
            let usual = livemart(&shop, "audit --json").await.json();
            let every = livemart(&shop, "audit --json --every-message").await.json();
            // The second one may have seen more, of a shop that works.
            let events = |report: &Value| report["looked_at"]["events"].as_i64();
            assert!(events(&usual) > Some(10) && events(&usual) <= events(&every), "{usual:#}\n{every:#}");
            let of_streams = |report: &Value| -> Vec<String> {
                let violations = report["violations"].as_array().unwrap().iter();
                let rules = violations.map(|violation| violation["rule"].as_str().unwrap().to_owned());
                rules.filter(|rule| rule.contains("stream")).collect()
            };
            assert_eq!(of_streams(&usual), of_streams(&every), "{usual:#}\n{every:#}");
            of_streams(&usual)
        };
        assert_eq!(both().await, [""; 0]);

        // No event has the number of the confirmation, two have that of another: each is there all the same.
        let mut admin: PgConnection = shop.admin().await;
        let renumbered = format!(
            "UPDATE orders.outbox SET stream_sequence = stream_sequence - 1
             WHERE subject = 'order.confirmed' AND aggregate_id = '{paid}'"
        );
        assert_eq!(sqlx::query(sqlx::AssertSqlSafe(renumbered)).execute(&mut admin).await.unwrap().rows_affected(), 1);
        assert_eq!(both().await, [""; 0]);

        // What nobody announced, and after it the shop goes on.
        let jetstream = jetstream(&shop.servers).await;
        jetstream.publish("payment.voided", "{}".into()).await.unwrap().await.unwrap();
        let (customer, pen) = (shop.customer().await, shop.product(1_500, 10).await);
        let order = customer.places(&[(pen, 1)], "pm_card_visa").await;
        customer.sees_payment(order, "captured").await;
        assert_eq!(both().await, ["nothing is in a stream that nobody announced"]);
        // Not closed: consumers log what they cannot read.
        shop.stop().await;
    });
}
