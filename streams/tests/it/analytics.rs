//! Analytics hear everything and decide nothing: their figures are those of the ledgers, to the last unit.

use livemart_audit::figures;
use livemart_contracts::OrderId;
use livemart_testing::{Customer, Shop, eventually, run};
use serde_json::{Value, json};

/// Units that left the stock with an order that stands, where analytics know another number. At rest there are none. What
/// came back with a refund was sold all the same.
const UNITS: &str = "
    SELECT concat_ws(' ', product_id, ledger.units, told.units)
    FROM (SELECT product_id, sum(units) AS units
          FROM (SELECT product_id, -on_hand AS units FROM inventory.movements WHERE kind IN ('commit', 'restock')
                UNION ALL
                SELECT (line ->> 'product_id')::uuid, (line ->> 'quantity')::bigint
                FROM inventory.returns JOIN inventory.reservations USING (order_id),
                     jsonb_array_elements(returns.lines) AS line
                WHERE status = 'committed') AS moved
          GROUP BY product_id) AS ledger
    FULL JOIN (SELECT product_id, sum(units - cancelled_units) AS units FROM analytics.product_days
               GROUP BY product_id) AS told USING (product_id)
    WHERE coalesce(ledger.units, 0) <> coalesce(told.units, 0)";

/// What all payments kept.
const KEPT: &str = "SELECT (sum(captured) - sum(refunded))::text FROM payments.payments";

async fn rows(shop: &Shop, query: &'static str) -> Vec<String> {
    sqlx::query_scalar(query)
        .fetch_all(&mut shop.admin().await)
        .await
        .unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// As the audit compares them, and the units sold.
async fn agrees_with_the_ledgers(shop: &Shop) {
    let now = chrono::Utc::now();
    assert_eq!(figures::differences(&mut shop.admin().await, now).await.unwrap(), []);
    assert_eq!(rows(shop, UNITS).await, [""; 0]);
}

async fn asked(shop: &Shop, path: &str) -> Value {
    shop.staff().await.api.get(&format!("/api/v1/analytics/{path}")).await.expect(200)
}

/// The one currency that is sold in here.
fn net(sales: &Value) -> i64 {
    assert_eq!(sales.as_array().map(Vec::len), Some(1), "{sales}");
    sales[0]["net"]["amount"].as_i64().unwrap()
}

async fn timeline(customer: &Customer, order: OrderId) -> (u16, Vec<String>) {
    let answer = customer.api.get(&format!("/api/v1/analytics/orders/{order}/timeline")).await;
    let events = answer.body["events"].as_array().cloned().unwrap_or_default();
    (answer.status, events.iter().map(|event| event["subject"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn figures_agree_with_the_ledgers_after_sales_failures_cancellations_and_refunds() {
    run(async {
        let shop = Shop::open().await;
        let (customer, other, staff) = (shop.customer().await, shop.customer().await, shop.staff().await);
        let (pen, book) = (shop.product(1_500, 100).await, shop.product(12_000, 3).await);

        let kept = customer.places(&[(pen, 2), (book, 1)], "pm_card_visa").await;
        let delivered = customer.places(&[(pen, 5)], "pm_card_visa").await;
        let declined = customer.places(&[(pen, 1)], "pm_card_declined").await;
        let short = customer.places(&[(pen, 1), (book, 4)], "pm_card_visa").await;
        let refunded = customer.places(&[(book, 2)], "pm_card_visa").await;
        let mut orders = vec![kept, delivered, declined, short, refunded];
        for order in [kept, delivered, refunded] {
            customer.sees_payment(order, "captured").await;
        }
        staff.ships(delivered).await.expect(200);
        staff.delivers(delivered).await.expect(200);
        customer.cancels(refunded).await.expect(202);
        // Each cancellation meets its order a little later than the one before: the time of one answer.
        for answers in 0..6 {
            let order = other.places(&[(pen, 1)], "pm_card_visa").await;
            for _ in 0..answers {
                other.order(order).await.expect(200);
            }
            other.cancels(order).await.expect(202);
            orders.push(order);
        }
        shop.settles(&orders).await;

        agrees_with_the_ledgers(&shop).await;
        let (sales, products) = (asked(&shop, "sales").await, asked(&shop, "products").await);
        let by_product: i64 = products["data"].as_array().unwrap().iter().map(|seller| net(&seller["sales"])).sum();
        let sold = 2 * 1_500 + 12_000 + 5 * 1_500;
        assert_eq!((net(&sales["total"]["sales"]), by_product), (sold, sold));
        assert_eq!(rows(&shop, KEPT).await, [sold.to_string()]);
        assert_eq!(
            (&products["data"][0]["product_id"], &products["data"][0]["units"]["net"]),
            (&json!(pen), &json!(7))
        );

        let funnel = asked(&shop, "funnel").await;
        let reached = |subject: &str| {
            let step = funnel["steps"].as_array().unwrap().iter().find(|step| step["step"] == subject);
            step.unwrap()["orders"].as_i64().unwrap()
        };
        assert_eq!((reached("order.created"), reached("order.shipped"), reached("order.delivered")), (11, 1, 1));
        let failed = json!([{ "code": "out-of-stock", "orders": 1 }, { "code": "payment-declined", "orders": 1 }]);
        assert_eq!(funnel["failures"], failed);
        let sagas = asked(&shop, "sagas").await;
        assert_eq!(sagas["outcomes"], json!({ "undecided": 0, "confirmed": 2, "failed": failed, "cancelled": 7 }));
        assert_eq!(sagas["durations"][0]["orders"], reached("order.confirmed"), "{sagas}");
        assert!(sagas["durations"][0]["p50_ms"].as_f64().unwrap() > 0.0, "{sagas}");

        let (status, events) = timeline(&customer, kept).await;
        assert_eq!((status, &events[..2]), (200, &["order.created".to_owned(), "payment.authorized".to_owned()][..]));
        assert_eq!(events.len(), 6, "{events:?}");
        assert_eq!(timeline(&other, kept).await.0, 404);
        shop.close().await;
    });
}

#[test]
fn figures_agree_with_the_ledgers_after_goods_came_back_with_refunds_of_orders_that_stand_and_that_do_not() {
    run(async {
        let shop = Shop::open().await;
        let (customer, staff) = (shop.customer().await, shop.staff().await);
        let pen = shop.product(1_500, 100).await;
        let mut orders = Vec::new();
        for _ in 0..2 {
            let order = customer.places(&[(pen, 3)], "pm_card_visa").await;
            customer.sees_payment(order, "captured").await;
            shop.settles(&[order]).await;
            let payment = customer.payment(order).await.unwrap();
            let refunds = format!("/api/v1/payments/{}/refunds", payment["id"].as_str().unwrap());
            let part = json!({
                "amount": { "amount": 1_500, "currency": "KRW" },
                "reason": "one was broken",
                "restock": [{ "product_id": pen, "quantity": 1 }],
            });
            staff.api.post_with_key(&refunds, &refunds, &part).await.expect(201);
            customer.sees_payment(order, "partially_refunded").await;
            orders.push(order);
        }
        shop.settles(&orders).await;
        agrees_with_the_ledgers(&shop).await;
        customer.cancels(orders[1]).await.expect(202);
        customer.sees_payment(orders[1], "refunded").await;
        shop.settles(&orders).await;
        agrees_with_the_ledgers(&shop).await;
        assert_eq!(rows(&shop, KEPT).await, [(2 * 1_500).to_string()]);
        shop.close().await;
    });
}

#[test]
fn analytics_that_were_away_catch_up_with_what_happened() {
    run(async {
        let shop = Shop::open().await;
        let customer = shop.customer().await;
        let pen = shop.product(1_500, 100).await;
        let analytics = shop.instance("analytics").unwrap();
        analytics.stop().await.unwrap();
        let mut orders = Vec::new();
        for pieces in 1..=5 {
            orders.push(customer.places(&[(pen, pieces)], "pm_card_visa").await);
        }
        for order in &orders {
            customer.sees_payment(*order, "captured").await;
        }
        analytics.start().await.unwrap();
        shop.settles(&orders).await;
        agrees_with_the_ledgers(&shop).await;
        let sold = eventually("the gateway finding analytics again", async || {
            let answer = shop.staff().await.api.get("/api/v1/analytics/sales").await;
            if answer.status == 200 { Ok(net(&answer.body["total"]["sales"])) } else { Err(answer.text) }
        });
        assert_eq!(sold.await, 15 * 1_500);
        shop.close().await;
    });
}
