//! Refunds that the staff gives, in part and in full, with goods and without.

use futures::future::join_all;
use livemart_contracts::{Clock, OrderId, ProductId, ids::EventTag, ids::Payment};
use livemart_testing::{Answer, Customer, Shop, run};
use serde_json::{Value, json};

const PRICE: i64 = 1_500;
const PIECES: u32 = 10;

/// A paid order of some pieces.
struct Bought {
    shop: &'static Shop,
    customer: Customer,
    pen: ProductId,
    order: OrderId,
    /// Of its payment.
    path: String,
}

impl Bought {
    async fn pieces(quantity: u32) -> Self {
        let shop = Shop::shared().await;
        let (customer, pen) = (shop.customer().await, shop.product(PRICE, PIECES).await);
        let order = customer.places(&[(pen, quantity)], "pm_card_visa").await;
        customer.sees_payment(order, "captured").await;
        shop.settles(&[order]).await;
        let payment = customer.payment(order).await.unwrap();
        let path = format!("/api/v1/payments/{}/refunds", payment["id"].as_str().unwrap());
        Self { shop, customer, pen, order, path }
    }

    async fn refund(&self, body: Value) -> Answer {
        let key = Clock::default().new_id::<EventTag>().to_string();
        self.shop.staff().await.api.post_with_key(&self.path, &key, &body).await
    }

    /// Once nothing is under way any more.
    async fn is_on_the_shelf(&self, pieces: u32) {
        self.shop.settles(&[self.order]).await;
        assert_eq!(self.shop.staff().await.stock(self.pen).await["available"], pieces);
    }
}

fn won(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "KRW" })
}

#[test]
fn money_and_goods_come_back_in_parts_until_all_of_it_is_back() {
    run(async {
        let bought = Bought::pieces(3).await;
        let (customer, pen, order) = (&bought.customer, bought.pen, bought.order);
        let restock = json!([{ "product_id": pen, "quantity": 1 }]);
        let part = json!({ "amount": won(PRICE), "reason": "one was broken", "restock": restock });
        let refund = bought.refund(part).await.expect(201);
        assert_eq!((&refund["amount"], &refund["restock"]), (&won(PRICE), &restock));
        customer.sees_payment(order, "partially_refunded").await;
        bought.is_on_the_shelf(PIECES - 2).await;
        assert_eq!(customer.payment(order).await.unwrap()["refunded"], won(PRICE));

        // Without an amount all that is left, without goods nothing but money.
        assert_eq!(bought.refund(json!({ "reason": "goodwill" })).await.expect(201)["amount"], won(2 * PRICE));
        customer.sees_payment(order, "refunded").await;
        bought.is_on_the_shelf(PIECES - 2).await;
        assert_eq!(customer.order(order).await.expect(200)["status"], "confirmed");
        bought.refund(json!({ "reason": "again" })).await.expect_problem(409, "refund-too-large");

        let listed = bought.shop.staff().await.api.get(&bought.path).await.expect(200);
        let listed = listed["data"].as_array().unwrap().clone();
        assert_eq!((listed.len(), &listed[1]["id"], &listed[0]["status"]), (2, &refund["id"], &json!("succeeded")));
    });
}

#[test]
fn of_many_refunds_at_once_as_many_are_given_as_were_paid_for() {
    run(async {
        let bought = Bought::pieces(3).await;
        let body = json!({ "amount": won(PRICE), "reason": "one was broken" });
        let answers = join_all((0..12).map(async |_| bought.refund(body.clone()).await)).await;
        let (given, refused): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!((given.len(), refused.len()), (3, 9));
        for answer in refused {
            answer.expect_problem(409, "refund-too-large");
        }
        bought.customer.sees_payment(bought.order, "refunded").await;
        bought.is_on_the_shelf(PIECES - 3).await;
    });
}

#[test]
fn a_refund_that_is_sent_again_is_given_once() {
    run(async {
        let bought = Bought::pieces(2).await;
        let api = &bought.shop.staff().await.api;
        let body = json!({ "amount": won(PRICE), "reason": "one was broken" });
        let first = api.post_with_key(&bought.path, &bought.path, &body).await.expect(201);
        let again = api.post_with_key(&bought.path, &bought.path, &body).await;
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.expect(201), first);
        let other = json!({ "amount": won(1), "reason": "one was broken" });
        let reused = api.post_with_key(&bought.path, &bought.path, &other).await;
        reused.expect_problem(422, "idempotency-key-reused");
        api.post(&bought.path, &body).await.expect_problem(400, "idempotency-key-missing");
        bought.customer.sees_payment(bought.order, "partially_refunded").await;
        bought.is_on_the_shelf(PIECES - 2).await;
        assert_eq!(bought.customer.payment(bought.order).await.unwrap()["refunded"], won(PRICE));
    });
}

#[test]
fn an_order_that_is_cancelled_after_a_refund_gets_back_the_rest_of_its_money_and_goods() {
    run(async {
        let bought = Bought::pieces(3).await;
        let restock = json!([{ "product_id": bought.pen, "quantity": 2 }]);
        let part = json!({ "amount": won(2 * PRICE), "reason": "two came back", "restock": restock });
        bought.refund(part).await.expect(201);
        // Whichever is first, at the provider and in the inventory.
        bought.customer.cancels(bought.order).await.expect(202);
        bought.customer.sees_payment(bought.order, "refunded").await;
        bought.is_on_the_shelf(PIECES).await;
        assert_eq!(bought.customer.payment(bought.order).await.unwrap()["refunded"], won(3 * PRICE));
        bought.refund(json!({ "reason": "late" })).await.expect_problem(409, "payment-not-refundable");
    });
}

#[test]
fn a_refund_that_cannot_be_is_refused_and_customers_give_themselves_none() {
    run(async {
        let bought = Bought::pieces(1).await;
        let pen = bought.pen;
        for body in [
            json!({}),
            json!({ "reason": " " }),
            json!({ "reason": "r", "amount": won(0) }),
            json!({ "reason": "r", "amount": won(-5) }),
            json!({ "reason": "r", "amount": 5 }),
            json!({ "reason": "r", "amount": { "amount": 1, "currency": "USD" } }),
            json!({ "reason": "r", "colour": "red" }),
            json!({ "reason": "r", "restock": [{ "product_id": pen, "quantity": 0 }] }),
            json!({ "reason": "r", "restock": [{ "product_id": pen, "quantity": 1 }, { "product_id": pen, "quantity": 1 }] }),
        ] {
            bought.refund(body).await.expect_problem(422, "validation-failed");
        }
        let too_many = json!({ "reason": "r", "restock": [{ "product_id": pen, "quantity": 2 }] });
        bought.refund(too_many).await.expect_problem(409, "restock-too-large");
        let too_much = json!({ "reason": "r", "amount": won(PRICE + 1) });
        bought.refund(too_much).await.expect_problem(409, "refund-too-large");
        let body = json!({ "reason": "r" });
        let mine = bought.customer.api.post_with_key(&bought.path, "mine", &body).await;
        mine.expect_problem(403, "forbidden");
        let unknown = format!("/api/v1/payments/{}/refunds", Clock::default().new_id::<Payment>());
        let api = &bought.shop.staff().await.api;
        api.post_with_key(&unknown, "unknown", &body).await.expect_problem(404, "not-found");
        bought.is_on_the_shelf(PIECES - 1).await;
        assert_eq!(bought.customer.payment(bought.order).await.unwrap()["refunded"], won(0));
    });
}
