//! Stock that runs low.

use livemart_contracts::ids::EventTag;
use livemart_contracts::{Clock, ProductId};
use livemart_testing::{Shop, run};
use serde_json::{Value, json};

/// As the inventory's default.
const THRESHOLD: u32 = 5;

/// What `stock.low` said about a product, in the order in which it happened.
async fn told(shop: &Shop, product: ProductId) -> Vec<Value> {
    let query = "SELECT payload::text FROM inventory.outbox
                 WHERE subject = 'stock.low' AND aggregate_id = $1 ORDER BY position";
    let told = sqlx::query_scalar(query).bind(product.to_string()).fetch_all(&mut shop.admin().await).await.unwrap();
    told.iter().map(|payload: &String| serde_json::from_str(payload).unwrap()).collect()
}

#[test]
fn a_product_that_runs_low_is_told_once_for_each_time_it_falls_to_the_threshold() {
    run(async {
        let shop = Shop::shared().await;
        let (customer, staff) = (shop.customer().await, shop.staff().await);
        let adjusts = async |product: ProductId, delta: i64| {
            let key = Clock::default().new_id::<EventTag>().to_string();
            let path = format!("/api/v1/stock/{product}/adjustments");
            staff.api.post_with_key(&path, &key, &json!({ "delta": delta, "reason": "counted" })).await.expect(201);
        };
        let low = |product: ProductId, available: u32| json!({ "product_id": product, "available": available, "threshold": THRESHOLD });
        let pen = shop.product(1_500, THRESHOLD + 2).await;

        // Set aside, then gone: one fall.
        let order = customer.places(&[(pen, 2)], "pm_card_visa").await;
        customer.sees_payment(order, "captured").await;
        shop.settles(&[order]).await;
        assert_eq!(told(shop, pen).await, [low(pen, THRESHOLD)]);

        adjusts(pen, -1).await;
        adjusts(pen, 1).await;
        assert_eq!(told(shop, pen).await.len(), 1, "it has not risen above the threshold");
        adjusts(pen, 1).await;
        adjusts(pen, -3).await;
        assert_eq!(told(shop, pen).await, [low(pen, THRESHOLD), low(pen, THRESHOLD - 2)]);
        shop.settles(&[]).await;
    });
}
