//! Idempotency keys.

use futures::future::join_all;
use livemart_testing::{Answer, run};
use reqwest::Method;
use serde_json::Value;

use super::Wrongs;

#[test]
fn an_order_without_a_usable_key_is_refused() {
    run(async {
        let wrongs = Wrongs::prepare().await;
        let api = &wrongs.customer.api;
        let request = || api.request(Method::POST, "/api/v1/orders").json(&wrongs.order());
        api.send(request()).await.expect_problem(400, "idempotency-key-missing");
        for key in ["", " ", "\"\"", &"k".repeat(256)] {
            let answer = api.send(request().header("idempotency-key", key)).await;
            answer.expect_problem(400, "idempotency-key-invalid");
        }
        wrongs.nothing_happened().await;
    });
}

#[test]
fn a_request_that_is_sent_again_is_answered_again_and_done_once() {
    run(async {
        let wrongs = Wrongs::prepare().await;
        let (customer, order) = (&wrongs.customer, wrongs.order());
        let send = async |order: &Value| customer.api.post_with_key("/api/v1/orders", "the one", order).await;
        let first = send(&order).await;
        assert_eq!(first.header("idempotent-replayed"), None);
        let location = first.header("location").map(str::to_owned);
        let first = first.expect(201);

        // White space and the order of fields do not make another request.
        let spaced = serde_json::to_string_pretty(&order).unwrap();
        let again = customer.api.request(Method::POST, "/api/v1/orders").header("idempotency-key", "\"the one\"");
        let again = customer.api.send(again.header("content-type", "application/json").body(spaced)).await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.header("location").map(str::to_owned), location);
        assert_eq!(again.expect(201), first);

        let mut other = order.clone();
        other["lines"][0]["quantity"] = 2.into();
        send(&other).await.expect_problem(422, "idempotency-key-reused");

        // The key is the customer's own.
        let somebody = wrongs.shop.customer().await;
        let theirs = somebody.api.post_with_key("/api/v1/orders", "the one", &other).await.expect(201);
        assert_ne!(theirs["id"], first["id"]);

        let orders = [&first, &theirs].map(|order| order["id"].as_str().unwrap().parse().unwrap());
        customer.sees(orders[0], "confirmed").await;
        somebody.sees(orders[1], "confirmed").await;
        wrongs.shop.settles(&orders).await;
        assert_eq!(customer.api.get("/api/v1/orders").await.expect(200)["data"].as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn of_many_equal_requests_at_once_one_is_done_and_the_others_get_its_answer_or_are_told_to_wait() {
    run(async {
        let wrongs = Wrongs::prepare().await;
        let (customer, order) = (&wrongs.customer, wrongs.order());
        let send = async |_| customer.api.post_with_key("/api/v1/orders", "all at once", &order).await;
        let answers = join_all((0..20).map(send)).await;
        let is_new = |answer: &&Answer| answer.status == 201 && answer.header("idempotent-replayed").is_none();
        assert_eq!(answers.iter().filter(is_new).count(), 1);
        for answer in answers {
            if answer.status == 409 {
                assert!(answer.header("retry-after").is_some());
                answer.expect_problem(409, "request-in-progress");
            } else {
                answer.expect(201);
            }
        }
        let done = send(0).await;
        assert_eq!(done.header("idempotent-replayed"), Some("true"));
        let id = done.expect(201)["id"].as_str().unwrap().parse().unwrap();
        customer.sees(id, "confirmed").await;
        wrongs.shop.settles(&[id]).await;
        assert_eq!(customer.api.get("/api/v1/orders").await.expect(200)["data"].as_array().map(Vec::len), Some(1));
    });
}
