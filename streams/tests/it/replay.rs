//! A projection is made anew by command while the shop sells, and nobody is charged or told anything for it.

use livemart_contracts::{OrderId, ProductId};
use livemart_testing::{Customer, Shop, eventually, run};
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::console::{Said, livemart};

/// Orders that are there before, and those that come while a projection is replayed.
const BEFORE: usize = 12;
const MEANWHILE: usize = 30;

async fn replay(shop: &Shop, arguments: &str) -> Said {
    livemart(shop, &format!("replay {arguments}")).await
}

async fn sell(customer: &Customer, pen: ProductId, orders: usize) -> Vec<OrderId> {
    let mut placed = Vec::with_capacity(orders);
    for number in 0..orders {
        let card = if number % 5 == 4 { "pm_card_declined" } else { "pm_card_visa" };
        placed.push(customer.places(&[(pen, 1)], card).await);
    }
    placed
}

async fn execute(shop: &Shop, statement: &str) {
    let mut admin = shop.admin().await;
    let done = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut admin).await;
    done.unwrap_or_else(|error| panic!("{error}: {statement}"));
}

/// Events announced, calls asked for, calls made (attempts at the payment provider), and what the provider holds.
async fn effects(shop: &Shop) -> Vec<i64> {
    let counts = "SELECT ARRAY[
        (SELECT count(*) FROM users.outbox) + (SELECT count(*) FROM products.outbox) + (SELECT count(*) FROM orders.outbox)
            + (SELECT count(*) FROM payments.outbox) + (SELECT count(*) FROM inventory.outbox),
        (SELECT count(*) FROM orders.tasks) + (SELECT count(*) FROM payments.tasks) + (SELECT count(*) FROM inventory.tasks),
        (SELECT coalesce(sum(attempts), 0) FROM payments.tasks)::bigint,
        (SELECT count(*) FROM sandbox.holds)]";
    let mut admin = shop.admin().await;
    sqlx::query_scalar(counts).fetch_one(&mut admin).await.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn rows_spoilt_under_traffic_are_as_the_events_say_after_a_replay_and_nobody_is_charged_or_told_anything() {
    run(async {
        let shop = Shop::open().await;
        let (customer, pen) = (shop.customer().await, shop.product(1_500, 1_000).await);
        let orders = sell(&customer, pen, BEFORE).await;
        shop.settles(&orders).await;

        execute(
            &shop,
            "UPDATE orders.order_payments SET captured = captured + 1, status = 'voided';
             DELETE FROM orders.order_payments WHERE order_id IN (SELECT order_id FROM orders.order_payments LIMIT 3)",
        )
        .await;
        let (said, meanwhile) =
            tokio::join!(replay(&shop, "order-payments --yes --json"), sell(&customer, pen, MEANWHILE));
        assert!(said.succeeded, "{}", said.text);
        let report = said.json();
        assert_eq!((&report["swapped"], &report["since"]), (&json!(true), &json!(null)), "{report}");
        assert!(report["tables"][0]["differing"].as_i64().unwrap() >= 9, "{report}");
        assert_eq!(report["tables"][0]["only_rebuilt"], 3, "{report}");
        shop.settles(&meanwhile).await;
        // Those are written again with the next sale, and levels a moment after it; nothing is sold any more.
        eventually("the product service hearing of the last level", async || {
            let query = "SELECT count(*) FROM inventory.stock JOIN products.product_stock USING (product_id, version)
                         WHERE product_id = $1 AND NOT unannounced";
            if shop.count(query, pen.uuid()).await == 1 { Ok(()) } else { Err("an older one is shown") }
        })
        .await;
        execute(&shop, "UPDATE orders.catalogue SET price = 1; UPDATE products.product_stock SET available = 0").await;
        for projection in ["order-catalogue", "product-stock"] {
            let said = replay(&shop, &format!("{projection} --yes")).await;
            assert!(said.succeeded && said.text.contains("are exchanged"), "{}", said.text);
        }

        let before = effects(&shop).await;
        for _ in 0..3 {
            for projection in ["order-payments", "order-catalogue", "product-stock"] {
                let said = replay(&shop, &format!("{projection} --json")).await;
                assert!(said.succeeded, "{projection}: {}", said.text);
                assert_eq!(said.json()["equal"], true, "{}", said.text);
            }
        }
        assert_eq!(effects(&shop).await, before);
        // The money and the pieces that the customers see are right as well.
        shop.close().await;
    });
}

#[test]
fn without_a_yes_nothing_is_exchanged_and_what_cannot_be_replayed_is_said_in_one_line() {
    run(async {
        let shop = Shop::open().await;
        shop.product(1_500, 10).await;
        execute(&shop, "UPDATE orders.catalogue SET price = 1").await;
        let said = replay(&shop, "order-catalogue").await;
        assert!(
            !said.succeeded && said.text.contains("--yes") && said.text.contains(r#"live     {"price":1"#),
            "{}",
            said.text
        );
        let wrong: i64 = shop
            .count("SELECT count(*) FROM orders.catalogue WHERE price = 1 OR product_id = $1", uuid::Uuid::nil())
            .await;
        assert_eq!(wrong, 1, "nobody agreed");
        assert!(replay(&shop, "order-catalogue --from 1 --yes").await.succeeded);

        let customer = shop.customer().await;
        eventually("the notification service hearing of a customer", async || {
            let query = "SELECT count(*) FROM notifications.recipients WHERE user_id = $1";
            if shop.count(query, customer.id.uuid()).await == 1 { Ok(()) } else { Err("no recipient") }
        })
        .await;
        execute(&shop, "UPDATE notifications.recipients SET email = 'spoilt-' || email").await;
        for arguments in ["notification-recipients", "notification-recipients --json"] {
            let said = replay(&shop, arguments).await;
            assert!(!said.succeeded && said.text.contains("(personal)"), "{}", said.text);
            assert!(!said.text.contains('@'), "somebody's address: {}", said.text);
        }
        assert!(replay(&shop, "notification-recipients --yes").await.succeeded);

        for (arguments, answer) in [
            ("orders", "no projection orders; there are "),
            ("order-stock-reserved", "no projection order-stock-reserved; there are"),
        ] {
            let said = replay(&shop, arguments).await;
            assert!(!said.succeeded && said.text.contains(answer), "{}", said.text);
            assert_eq!(said.text.lines().count(), 1, "{}", said.text);
        }
        let said = replay(&shop, "order-catalogue --from yesterday").await;
        assert!(!said.succeeded && said.text.contains("neither a sequence nor a time"), "{}", said.text);
        shop.close().await;
    });
}
