//! The orders that wait for the staff.

use livemart_contracts::OrderId;
use livemart_testing::{Shop, run};

/// Every order that waits in `status`, page by page.
async fn waiting(shop: &Shop, status: &str) -> Vec<OrderId> {
    let (staff, mut cursor, mut found) = (shop.staff().await, String::new(), Vec::new());
    loop {
        let path = format!("/api/v1/orders/to-fulfil?status={status}&limit=2{cursor}");
        let page = staff.api.get(&path).await.expect(200);
        for order in page["data"].as_array().unwrap() {
            assert_eq!(order["status"], status);
            found.push(order["id"].as_str().unwrap().parse().unwrap());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[test]
fn orders_wait_for_the_staff_in_the_order_in_which_they_were_placed() {
    run(async {
        let shop = Shop::open().await;
        let (staff, product) = (shop.staff().await, shop.product(1_500, 20).await);
        let mut orders = Vec::new();
        for _ in 0..5 {
            // Of several people: it is not about whose they are.
            let customer = shop.customer().await;
            orders.push(customer.places(&[(product, 1)], "pm_card_visa").await);
            customer.sees_payment(orders[orders.len() - 1], "captured").await;
        }
        let declined = shop.customer().await;
        let failed = declined.places(&[(product, 1)], "pm_card_declined").await;
        declined.sees(failed, "failed").await;
        assert_eq!(waiting(&shop, "confirmed").await, orders);
        assert_eq!(waiting(&shop, "shipped").await, []);

        staff.ships(orders[0]).await.expect(200);
        staff.ships(orders[3]).await.expect(200);
        staff.delivers(orders[3]).await.expect(200);
        assert_eq!(waiting(&shop, "confirmed").await, [orders[1], orders[2], orders[4]]);
        assert_eq!(waiting(&shop, "shipped").await, [orders[0]]);

        let path = "/api/v1/orders/to-fulfil";
        assert_eq!(staff.api.get(path).await.expect(200)["data"].as_array().unwrap().len(), 3, "confirmed by default");
        staff.api.get(&format!("{path}?status=pending")).await.expect_problem(422, "validation-failed");
        declined.api.get(path).await.expect_problem(403, "forbidden");
        shop.close().await;
    });
}
