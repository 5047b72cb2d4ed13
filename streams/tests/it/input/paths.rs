//! Paths, methods and queries that nothing answers to, and what belongs to somebody else.

use livemart_contracts::Clock;
use livemart_contracts::ids::{Order, Payment, Product, User};
use livemart_testing::{eventually, run};
use reqwest::Method;
use serde_json::json;

use super::Wrongs;

#[test]
fn what_is_not_there_is_not_found_and_what_is_there_answers_its_own_methods_only() {
    run(async {
        let wrongs = Wrongs::prepare().await;
        let api = &wrongs.customer.api;
        for path in ["/", "/api", "/api/v1", "/api/v1/order", "/api/v2/orders", "/api/v1/orderssss", "/.env", "//"] {
            api.get(path).await.expect_problem(404, "unknown-path");
        }
        for path in ["/api/v1/orders/x/y/z", "/api/v1/payments/x/y", "/api/v1/stock/x/y/z", "/api/v1/users/x/y"] {
            api.get(path).await.expect_problem(404, "unknown-path");
        }
        let clock = Clock::default();
        let (order, payment) = (clock.new_id::<Order>(), clock.new_id::<Payment>());
        let product = clock.new_id::<Product>();
        for path in [
            format!("/api/v1/orders/{order}"),
            format!("/api/v1/orders/{payment}"),
            "/api/v1/orders/1".to_owned(),
            "/api/v1/orders/%00".to_owned(),
            "/api/v1/orders/..%2f..%2fetc".to_owned(),
            format!("/api/v1/payments/{payment}"),
            format!("/api/v1/products/{product}"),
            "/api/v1/products/%ff".to_owned(),
            format!("/api/v1/stock/{product}"),
        ] {
            api.get(&path).await.expect_problem(404, "not-found");
        }
        for (method, path) in [
            (Method::PUT, "/api/v1/orders"),
            (Method::DELETE, "/api/v1/orders"),
            (Method::GET, "/api/v1/sessions/refresh"),
            (Method::PATCH, "/api/v1/payments"),
            (Method::PUT, "/api/v1/users/me"),
            (Method::POST, "/api/v1/categories"),
        ] {
            let answer = api.send(api.request(method.clone(), path)).await;
            assert!(answer.header("allow").is_some(), "{method} {path}");
            answer.expect_problem(405, "method-not-allowed");
        }
        wrongs.nothing_happened().await;
    });
}

#[test]
fn queries_that_cannot_be_read_are_refused() {
    run(async {
        let wrongs = Wrongs::prepare().await;
        let api = &wrongs.customer.api;
        for path in ["/api/v1/orders", "/api/v1/payments", "/api/v1/products"] {
            for query in [
                "limit=0",
                "limit=101",
                "limit=-1",
                "limit=x",
                "limit=99999999999",
                "cursor=x",
                "cursor=",
                "colour=red",
            ] {
                api.get(&format!("{path}?{query}")).await.expect_problem(422, "validation-failed");
            }
        }
        for query in ["order_id=x", "order_id=", "order_id=%00"] {
            api.get(&format!("/api/v1/payments?{query}")).await.expect_problem(422, "validation-failed");
        }
        let staff = wrongs.shop.staff().await;
        staff.api.get("/api/v1/users?email=%00").await.expect_problem(422, "validation-failed");
        for query in
            ["min_price=x", "min_price=-1", "category=%00", "sort=random", "sort=relevance", "in_stock=perhaps"]
        {
            api.get(&format!("/api/v1/products?{query}")).await.expect_problem(422, "validation-failed");
        }
        wrongs.nothing_happened().await;
    });
}

#[test]
fn what_belongs_to_another_customer_is_not_there() {
    run(async {
        let wrongs = Wrongs::prepare().await;
        let (owner, stranger) = (wrongs.shop.customer().await, &wrongs.customer);
        let order = owner.places(&[(wrongs.shop.product(100, 1).await, 1)], "pm_card_visa").await;
        owner.sees_payment(order, "captured").await;
        let payment = eventually("a payment", async || owner.payment(order).await.ok_or("none")).await;

        stranger.order(order).await.expect_problem(404, "not-found");
        stranger.cancels(order).await.expect_problem(404, "not-found");
        let path = format!("/api/v1/payments/{}", payment["id"].as_str().unwrap());
        owner.api.get(&path).await.expect(200);
        stranger.api.get(&path).await.expect_problem(404, "not-found");
        assert_eq!(stranger.payment(order).await, None);
        assert_eq!(owner.order(order).await.expect(200)["status"], "confirmed");
        wrongs.shop.settles(&[order]).await;
        wrongs.nothing_happened().await;
    });
}

#[test]
fn what_is_the_staffs_is_closed_to_customers_and_to_nobody_at_all() {
    run(async {
        let wrongs = Wrongs::prepare().await;
        let order =
            wrongs.shop.customer().await.places(&[(wrongs.shop.product(100, 1).await, 1)], "pm_card_visa").await;
        let (pen, user) = (wrongs.pen, Clock::default().new_id::<User>());
        let doors = [
            (Method::POST, "/api/v1/products".to_owned()),
            (Method::PATCH, format!("/api/v1/products/{pen}")),
            (Method::DELETE, format!("/api/v1/products/{pen}")),
            (Method::POST, format!("/api/v1/orders/{order}/ship")),
            (Method::POST, format!("/api/v1/orders/{order}/deliver")),
            (Method::POST, format!("/api/v1/stock/{pen}/adjustments")),
            (Method::GET, format!("/api/v1/stock/{pen}/movements")),
            (Method::GET, "/api/v1/users".to_owned()),
            (Method::PATCH, format!("/api/v1/users/{user}")),
            (Method::GET, "/api/v1/services".to_owned()),
        ];
        for (method, path) in doors {
            let request = |api: &livemart_testing::Api| api.request(method.clone(), &path).json(&json!({}));
            let customer = &wrongs.customer.api;
            customer.send(request(customer)).await.expect_problem(403, "forbidden");
            let nobody = &wrongs.shop.gateway;
            let answer = nobody.send(request(nobody)).await;
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{path}");
            answer.expect_problem(401, "token-missing");
        }
        for path in ["/api/v1/orders", "/api/v1/payments", "/api/v1/users/me"] {
            wrongs.shop.gateway.get(path).await.expect_problem(401, "token-missing");
        }
        wrongs.shop.settles(&[order]).await;
        wrongs.nothing_happened().await;
    });
}
