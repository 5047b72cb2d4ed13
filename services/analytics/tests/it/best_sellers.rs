//! `GET /analytics/products`

use livemart_contracts::events::{LocalizedText, ProductCreated};
use livemart_contracts::money::Currency;
use livemart_contracts::{Clock, Money, ProductId};
use livemart_testing::run;
use serde_json::{Value, json};

use crate::fixture::{Analytics, Order, time};

const DAY: &str = "from=2026-03-01&to=2026-03-02";

fn new_product() -> ProductId {
    Clock::default().new_id()
}

#[test]
fn products_are_ranked_by_the_units_that_stayed_sold() {
    run(async {
        let analytics = Analytics::open().await;
        let at = time("2026-03-01T10:00:00Z");
        let (pen, book, lamp) = (new_product(), new_product(), new_product());
        let text = |text: &str| LocalizedText { ko: format!("{text}-ko"), en: text.to_owned() };
        let created = ProductCreated {
            product_id: pen,
            sku: "PEN".to_owned(),
            name: text("Pen"),
            description: text("Writes"),
            category: "office".to_owned(),
            price: Money::new(1_000, Currency::KRW),
            version: 1,
        };
        analytics.hears(at, &created).await;
        analytics.sells(&Order::made(at, &[(pen, 5, 1_000), (book, 1, 12_000)])).await;
        analytics.sells(&Order::made_in(Currency::USD, at, &[(pen, 1, 75)])).await;
        let cancelled = Order::made(at, &[(book, 9, 12_000)]);
        analytics.sells(&cancelled).await;
        analytics.hears(cancelled.after(1_000), &cancelled.cancelled()).await;
        let never_confirmed = Order::made(at, &[(lamp, 9, 500)]);
        analytics.hears(at, &never_confirmed.created()).await;
        analytics.hears(never_confirmed.after(1_000), &never_confirmed.cancelled()).await;
        analytics.sells(&Order::made(time("2026-03-02T00:00:00Z"), &[(lamp, 50, 500)])).await;

        let sellers = analytics.answers(&format!("/products?{DAY}")).await["data"].clone();
        let units: Vec<(&Value, &Value)> =
            sellers.as_array().unwrap().iter().map(|seller| (&seller["product_id"], &seller["units"])).collect();
        assert_eq!(
            units,
            [
                (&json!(pen), &json!({ "sold": 6, "cancelled": 0, "net": 6 })),
                (&json!(book), &json!({ "sold": 10, "cancelled": 9, "net": 1 })),
            ]
        );
        assert_eq!((&sellers[0]["sku"], &sellers[0]["name"]), (&json!("PEN"), &json!({ "ko": "Pen-ko", "en": "Pen" })));
        assert_eq!((&sellers[1]["sku"], &sellers[1]["name"]), (&Value::Null, &Value::Null));
        let net = |seller: usize, place: usize| sellers[seller]["sales"][place]["net"].clone();
        assert_eq!(net(0, 0), json!({ "amount": 5_000, "currency": "KRW" }));
        assert_eq!(net(0, 1), json!({ "amount": 75, "currency": "USD" }));
        assert_eq!(net(1, 0), json!({ "amount": 12_000, "currency": "KRW" }));
    });
}

/// A refund of one unit over three lines cannot be divided; its parts add up all the same.
#[test]
fn a_refund_is_spread_over_the_lines_to_the_last_unit() {
    run(async {
        let analytics = Analytics::open().await;
        let at = time("2026-03-01T10:00:00Z");
        let products = [new_product(), new_product(), new_product()];
        let order = Order::made(at, &products.map(|product| (product, 1, 333)));
        analytics.sells(&order).await;
        for (amount, refunded) in [(1, 1), (331, 332), (667, 999)] {
            analytics.hears(order.after(1_000), &order.refunded(amount)).await;
            let sellers = analytics.answers(&format!("/products?{DAY}")).await["data"].clone();
            let parts = sellers.as_array().unwrap().iter();
            let parts: Vec<i64> =
                parts.map(|seller| seller["sales"][0]["refunded"]["amount"].as_i64().unwrap()).collect();
            assert_eq!(parts.iter().sum::<i64>(), refunded, "{parts:?}");
            assert!(parts.iter().max().unwrap() - parts.iter().min().unwrap() <= 1, "{parts:?}");
        }
    });
}

#[test]
fn pages_follow_each_other_and_tell_each_product_once() {
    run(async {
        let analytics = Analytics::open().await;
        let at = time("2026-03-01T10:00:00Z");
        let products: Vec<ProductId> = (0..7).map(|_| new_product()).collect();
        // Some sell as often as others.
        let lines: Vec<(ProductId, u32, i64)> =
            products.iter().zip([3, 1, 2, 2, 1, 2, 9]).map(|(p, q)| (*p, q, 10)).collect();
        analytics.sells(&Order::made(at, &lines)).await;
        let all = analytics.answers(&format!("/products?{DAY}")).await;
        assert_eq!(all["next_cursor"], Value::Null);
        let mut told = Vec::new();
        let mut cursor = String::new();
        for _ in 0..4 {
            let page = analytics.answers(&format!("/products?{DAY}&limit=2{cursor}")).await;
            told.extend(page["data"].as_array().unwrap().clone());
            cursor = page["next_cursor"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
        }
        assert_eq!((json!(told), cursor.as_str()), (all["data"].clone(), ""));
        assert_eq!(told.len(), 7);
    });
}
