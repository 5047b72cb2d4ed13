//! Bodies that mean nothing, or nothing that can be done.

use livemart_contracts::Clock;
use livemart_contracts::ids::{EventTag, Product};
use livemart_testing::{Api, run};
use reqwest::Method;
use serde_json::{Value, json};

use super::Wrongs;

/// More than any service reads.
const TOO_LARGE: usize = 300 * 1024;

fn request(api: &Api, path: &str) -> reqwest::RequestBuilder {
    let key = Clock::default().new_id::<EventTag>().to_string();
    api.request(Method::POST, path).header("idempotency-key", key)
}

/// Sends a body as it is.
async fn raw(api: &Api, path: &str, body: impl Into<Vec<u8>>) -> livemart_testing::Answer {
    api.send(request(api, path).header("content-type", "application/json").body(body.into())).await
}

#[test]
fn an_order_of_what_cannot_be_ordered_is_refused_with_where_it_is_wrong() {
    run(async {
        let wrongs = Wrongs::prepare().await;
        let pen = wrongs.pen;
        let unknown = Clock::default().new_id::<Product>();
        let with = |change: fn(&mut Value, Value), value: Value| {
            let mut order = wrongs.order();
            change(&mut order, value);
            order
        };
        let quantity: fn(&mut Value, Value) = |order, value| order["lines"][0]["quantity"] = value;
        let product: fn(&mut Value, Value) = |order, value| order["lines"][0]["product_id"] = value;
        let lines: fn(&mut Value, Value) = |order, value| order["lines"] = value;
        let method: fn(&mut Value, Value) = |order, value| order["payment_method"] = value;
        let field: fn(&mut Value, Value) = |order, value| order["discount"] = value;
        let line_field: fn(&mut Value, Value) = |order, value| order["lines"][0]["unit_price"] = value;
        let address: fn(&mut Value, Value) = |order, value| order["shipping_address"] = value;
        let many = |count| Value::Array(vec![json!({ "product_id": pen, "quantity": 1 }); count]);

        let mut bodies = Vec::new();
        for number in [
            json!(0),
            json!(-1),
            json!(1.5),
            json!("2"),
            json!(null),
            json!(1_001),
            json!(4_294_967_296_u64),
            json!(u64::MAX),
            json!([1]),
        ] {
            bodies.push(("/lines/0/quantity".to_owned(), with(quantity, number)));
        }
        for id in [
            json!(""),
            json!("prd_x"),
            json!(wrongs.customer.id),
            json!(7),
            json!("prd_01h455vb4pex5vsknk084sn02q' OR 1=1"),
        ] {
            bodies.push(("/lines/0/product_id".to_owned(), with(product, id)));
        }
        for wrong in [json!([]), many(101), many(2_000), json!({}), json!("all")] {
            bodies.push(("/lines".to_owned(), with(lines, wrong)));
        }
        bodies.push(("/lines/1/product_id".to_owned(), with(lines, many(2))));
        for wrong in [json!(""), json!("x".repeat(201)), json!(1), json!("pm_card\u{0}visa")] {
            bodies.push(("/payment_method".to_owned(), with(method, wrong)));
        }
        bodies.push(("/discount".to_owned(), with(field, json!(100))));
        bodies.push(("/lines/0/unit_price".to_owned(), with(line_field, json!({ "amount": 1, "currency": "KRW" }))));
        bodies.push(("/shipping_address".to_owned(), with(address, json!({ "recipient": "A" }))));
        for (name, wrong) in [("recipient", ""), ("city", "a\u{0}b"), ("country", "Korea"), ("line2", "\u{0}")] {
            let mut to = json!({ "recipient": "A", "line1": "1", "line2": "", "city": "Seoul", "postal_code": "1", "country": "KR" });
            to[name] = json!(wrong);
            bodies.push((format!("/shipping_address/{name}"), with(address, to)));
        }

        for (pointer, body) in bodies {
            let answer = wrongs.customer.api.send(request(&wrongs.customer.api, "/api/v1/orders").json(&body)).await;
            let problem = answer.expect_problem(422, "validation-failed");
            let errors = problem["errors"].as_array().cloned().unwrap_or_default();
            let pointers: Vec<&str> = errors.iter().filter_map(|error| error["pointer"].as_str()).collect();
            assert!(
                pointers.contains(&pointer.as_str()),
                "{pointer} of {}: {problem}",
                body.to_string().chars().take(200).collect::<String>()
            );
        }
        let unheard = wrongs.customer.tries(&[(unknown, 1)], "pm_card_visa").await;
        unheard.expect_problem(422, "unknown-product");
        wrongs.nothing_happened().await;
    });
}

#[test]
fn a_product_that_is_no_longer_sold_cannot_be_ordered() {
    run(async {
        let wrongs = Wrongs::prepare().await;
        let staff = wrongs.shop.staff().await;
        let gone = wrongs.shop.product(1_500, 3).await;
        let path = format!("/api/v1/products/{gone}");
        let etag = staff.api.get(&path).await.header("etag").unwrap().to_owned();
        staff.api.send(staff.api.request(Method::DELETE, &path).header("if-match", etag)).await.expect(204);
        livemart_testing::eventually("the order service hearing of the withdrawal", async || {
            let answer = wrongs.customer.tries(&[(gone, 4)], "pm_card_declined").await;
            if answer.status == 422 { Ok(answer) } else { Err(answer.text) }
        })
        .await
        .expect_problem(422, "product-unavailable");
        wrongs.shop.settles(&[]).await;
    });
}

#[test]
fn a_body_that_is_no_json_is_malformed_wherever_it_is_sent() {
    run(async {
        let wrongs = Wrongs::prepare().await;
        let staff = wrongs.shop.staff().await;
        let adjustments = format!("/api/v1/stock/{}/adjustments", wrongs.pen);
        let doors = [
            (&wrongs.customer.api, "/api/v1/orders"),
            (&wrongs.shop.gateway, "/api/v1/users"),
            (&wrongs.shop.gateway, "/api/v1/sessions"),
            (&wrongs.shop.gateway, "/api/v1/sessions/refresh"),
            (&staff.api, "/api/v1/products"),
            (&staff.api, &adjustments),
        ];
        for (api, path) in doors {
            for body in [&b""[..], b"{", b"{\"", b"not json", b"\xff\xfe"] {
                let problem = raw(api, path, body).await.expect_problem(400, "malformed-body");
                assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() < 1_000));
            }
            // Whether its depth or its first level is found wrong depends on what is expected there.
            let nested = raw(api, path, "[".repeat(100_000)).await;
            assert!([400, 422].contains(&nested.status), "{path}: {}", nested.text);
            raw(api, path, b"[]").await.expect_problem(422, "validation-failed");
            raw(api, path, b"null").await.expect_problem(422, "validation-failed");
            let too_large = format!("{{\"lines\":\"{}\"}}", "x".repeat(TOO_LARGE));
            raw(api, path, too_large).await.expect_problem(413, "body-too-large");
            for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
                let typed = request(api, path).header("content-type", kind).body("{}");
                api.send(typed).await.expect_problem(415, "unsupported-media-type");
            }
            api.send(request(api, path).body("{}")).await.expect_problem(415, "unsupported-media-type");
        }
        wrongs.nothing_happened().await;
    });
}

#[test]
fn products_accounts_and_adjustments_that_break_rules_are_refused() {
    run(async {
        let wrongs = Wrongs::prepare().await;
        let staff = wrongs.shop.staff().await;
        let product = json!({
            "sku": "WRONG-1", "name": { "ko": "가", "en": "a" }, "description": { "ko": "", "en": "" },
            "category": "tests", "price": { "amount": 100, "currency": "KRW" },
        });
        let account =
            json!({ "email": "somebody@example.com", "password": "teal-otter-counts-9-lanterns", "name": "A" });
        let adjustment = json!({ "delta": 1, "reason": "counted" });
        let adjustments = format!("/api/v1/stock/{}/adjustments", wrongs.pen);
        let cases = [
            (&staff.api, "/api/v1/products", &product, "/price/amount", json!(0)),
            (&staff.api, "/api/v1/products", &product, "/price/amount", json!(-5)),
            (&staff.api, "/api/v1/products", &product, "/price/amount", json!(10.5)),
            (&staff.api, "/api/v1/products", &product, "/price/amount", json!(i64::MAX)),
            (&staff.api, "/api/v1/products", &product, "/price/currency", json!("XXL")),
            (&staff.api, "/api/v1/products", &product, "/name/ko", json!("")),
            (&staff.api, "/api/v1/products", &product, "/name/en", json!("a\u{0}b")),
            (&staff.api, "/api/v1/products", &product, "/description/en", json!("a\u{0}b")),
            (&staff.api, "/api/v1/products", &product, "/sku", json!("a\u{0}b")),
            (&staff.api, "/api/v1/products", &product, "/category", json!("Not Kebab")),
            (&wrongs.shop.gateway, "/api/v1/users", &account, "/email", json!("nobody")),
            (&wrongs.shop.gateway, "/api/v1/users", &account, "/email", json!("a\u{0}@example.com")),
            (&wrongs.shop.gateway, "/api/v1/users", &account, "/name", json!("")),
            (&wrongs.shop.gateway, "/api/v1/users", &account, "/name", json!("a\u{0}b")),
            (&wrongs.shop.gateway, "/api/v1/users", &account, "/password", json!("short")),
            (&wrongs.shop.gateway, "/api/v1/users", &account, "/password", json!("password1234")),
            (&staff.api, &adjustments, &adjustment, "/delta", json!(0)),
            (&staff.api, &adjustments, &adjustment, "/delta", json!(i64::MIN)),
            (&staff.api, &adjustments, &adjustment, "/reason", json!(" ")),
            (&staff.api, &adjustments, &adjustment, "/reason", json!("a\u{0}b")),
        ];
        for (api, path, good, pointer, wrong) in cases {
            let mut body = good.clone();
            *body.pointer_mut(pointer).unwrap() = wrong;
            let problem = api.send(request(api, path).json(&body)).await.expect_problem(422, "validation-failed");
            assert!(problem["errors"].to_string().contains(pointer), "{pointer}: {problem}");
        }
        let below = json!({ "delta": -11, "reason": "counted" });
        let refused = staff.api.send(request(&staff.api, &adjustments).json(&below)).await;
        refused.expect_problem(409, "stock-below-reserved");
        let taken = json!({ "email": wrongs.customer.email, "password": "teal-otter-counts-9-lanterns", "name": "A" });
        wrongs.shop.gateway.post("/api/v1/users", &taken).await.expect_problem(409, "email-taken");
        wrongs.nothing_happened().await;
    });
}
