//! The cart: kept and priced by the server.

use futures::future::join_all;
use livemart_contracts::{Clock, ProductId, ids::Product};
use livemart_testing::{Answer, Api, Shop, eventually, run};
use reqwest::Method;
use serde_json::{Value, json};

const CART: &str = "/api/v1/cart";
/// As many as one order takes.
const MOST_LINES: usize = 100;

async fn puts(api: &Api, product: ProductId, body: Value) -> Answer {
    api.send(api.request(Method::PUT, &format!("{CART}/lines/{product}")).json(&body)).await
}

async fn takes_out(api: &Api, product: ProductId) {
    api.delete(&format!("{CART}/lines/{product}")).await.expect(204);
}

fn line(product: ProductId, quantity: u32, price: i64) -> Value {
    let won = |amount: i64| json!({ "amount": amount, "currency": "KRW" });
    json!({ "product_id": product, "quantity": quantity, "status": "available", "unit_price": won(price),
            "total": won(price * i64::from(quantity)) })
}

#[test]
fn a_cart_is_its_customers_own_and_priced_by_the_server() {
    run(async {
        let shop = Shop::shared().await;
        let (customer, stranger) = (shop.customer().await, shop.customer().await);
        let (pen, book) = (shop.product(1_500, 0).await, shop.product(12_000, 0).await);
        let empty = json!({ "lines": [], "total": null });
        assert_eq!(customer.api.get(CART).await.expect(200), empty);

        puts(&customer.api, pen, json!({ "quantity": 2 })).await.expect(200);
        puts(&customer.api, book, json!({ "quantity": 1 })).await.expect(200);
        let cart = puts(&customer.api, pen, json!({ "quantity": 3 })).await.expect(200);
        let total = json!({ "amount": 16_500, "currency": "KRW" });
        assert_eq!(cart, json!({ "lines": [line(pen, 3, 1_500), line(book, 1, 12_000)], "total": total }));
        assert_eq!(customer.sign_in().await.api.get(CART).await.expect(200), cart, "on another device");
        assert_eq!(stranger.api.get(CART).await.expect(200), empty);

        takes_out(&customer.api, pen).await;
        takes_out(&customer.api, pen).await;
        let cart = customer.api.get(CART).await.expect(200);
        assert_eq!(cart["lines"], json!([line(book, 1, 12_000)]));
        customer.api.delete(CART).await.expect(204);
        customer.api.delete(CART).await.expect(204);
        assert_eq!(customer.api.get(CART).await.expect(200), empty);
    });
}

#[test]
fn what_is_no_longer_sold_stays_in_the_cart_and_says_so() {
    run(async {
        let shop = Shop::shared().await;
        let (customer, staff) = (shop.customer().await, shop.staff().await);
        let (pen, gone) = (shop.product(1_500, 0).await, shop.product(700, 0).await);
        for product in [gone, pen] {
            puts(&customer.api, product, json!({ "quantity": 1 })).await.expect(200);
        }
        let path = format!("/api/v1/products/{gone}");
        let etag = staff.api.get(&path).await.header("etag").unwrap().to_owned();
        staff.api.send(staff.api.request(Method::DELETE, &path).header("if-match", etag)).await.expect(204);

        let cart = eventually("the order service hearing of the withdrawal", async || {
            let cart = customer.api.get(CART).await.expect(200);
            if cart["lines"][0]["status"] == "available" { Err(cart) } else { Ok(cart) }
        })
        .await;
        let unpriced =
            json!({ "product_id": gone, "quantity": 1, "status": "unavailable", "unit_price": null, "total": null });
        assert_eq!(cart["lines"], json!([unpriced, line(pen, 1, 1_500)]));
        assert_eq!(cart["total"]["amount"], 1_500);
        puts(&customer.api, gone, json!({ "quantity": 2 })).await.expect_problem(422, "product-unavailable");
        takes_out(&customer.api, gone).await;
        assert_eq!(customer.api.get(CART).await.expect(200)["lines"], json!([line(pen, 1, 1_500)]));
    });
}

#[test]
fn a_cart_takes_what_an_order_can_take_and_no_more() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        let pen = shop.product(1_500, 0).await;
        for quantity in [json!(0), json!(1_001), json!(-1), json!(1.5), json!("2"), json!(null)] {
            let problem = puts(&customer.api, pen, json!({ "quantity": quantity })).await;
            problem.expect_problem(422, "validation-failed");
        }
        puts(&customer.api, pen, json!({})).await.expect_problem(422, "validation-failed");
        puts(&customer.api, pen, json!({ "quantity": 1, "price": 1 })).await.expect_problem(422, "validation-failed");
        let unknown = Clock::default().new_id::<Product>();
        puts(&customer.api, unknown, json!({ "quantity": 1 })).await.expect_problem(422, "unknown-product");
        customer.api.delete(&format!("{CART}/lines/prd_x")).await.expect_problem(404, "not-found");
        shop.gateway.get(CART).await.expect_problem(401, "token-missing");
        assert_eq!(customer.api.get(CART).await.expect(200)["lines"], json!([]));

        // One place is left, and several want it at once.
        let others = join_all((0..4).map(async |_| shop.product(100, 0).await)).await;
        let fill = format!(
            "INSERT INTO orders.carts (customer_id, lines, updated_at)
             SELECT $1, json_agg(json_build_object('product_id', '{pen}', 'quantity', 1)), now()
             FROM generate_series(1, {}) ON CONFLICT (customer_id) DO UPDATE SET lines = excluded.lines",
            MOST_LINES - 1
        );
        let filled = sqlx::query(sqlx::AssertSqlSafe(fill)).bind(customer.id.uuid());
        filled.execute(&mut shop.admin().await).await.unwrap();
        let put =
            join_all(others.iter().map(async |other| puts(&customer.api, *other, json!({ "quantity": 1 })).await));
        let (taken, full): (Vec<Answer>, Vec<Answer>) = put.await.into_iter().partition(|answer| answer.status == 200);
        assert_eq!((taken.len(), full.len()), (1, 3));
        for answer in full {
            answer.expect_problem(409, "cart-full");
        }
    });
}
