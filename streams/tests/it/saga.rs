//! Every way an order can go, when every service works.

use livemart_contracts::Clock;
use livemart_contracts::ids::EventTag;
use livemart_testing::{Shop, eventually, run};
use serde_json::json;

use crate::stream::{jetstream, messages_of, store_again};

#[test]
fn an_order_of_a_good_card_is_confirmed_paid_shipped_and_delivered() {
    run(async {
        let shop = Shop::shared().await;
        let (customer, staff) = (shop.customer().await, shop.staff().await);
        let (pen, book) = (shop.product(1_500, 10).await, shop.product(12_000, 3).await);

        let order = customer.places(&[(pen, 2), (book, 1)], "pm_card_visa").await;
        let confirmed = customer.sees(order, "confirmed").await;
        assert_eq!(confirmed["total"], json!({ "amount": 15_000, "currency": "KRW" }));
        assert_eq!(confirmed["failure"], json!(null));
        customer.sees_payment(order, "captured").await;
        shop.settles(&[order]).await;
        assert_eq!(
            (staff.stock(pen).await["on_hand"].clone(), staff.stock(book).await["on_hand"].clone()),
            (json!(8), json!(2))
        );
        assert_eq!(customer.payment(order).await.unwrap()["captured"]["amount"], 15_000);

        staff.delivers(order).await.expect_problem(409, "order-not-fulfillable");
        assert_eq!(staff.ships(order).await.expect(200)["status"], "shipped");
        assert_eq!(staff.delivers(order).await.expect(200)["status"], "delivered");
        shop.settles(&[order]).await;
    });
}

#[test]
fn an_order_whose_card_is_refused_fails_and_touches_no_stock() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        let pen = shop.product(1_500, 10).await;
        let mut orders = Vec::new();
        for card in ["pm_card_declined", "pm_card_insufficient_funds", "pm_card_nobody_heard_of"] {
            let order = customer.places(&[(pen, 1)], card).await;
            assert_eq!(customer.sees(order, "failed").await["failure"]["code"], "payment-declined", "{card}");
            customer.sees_payment(order, "failed").await;
            orders.push(order);
        }
        shop.settles(&orders).await;
        assert_eq!(shop.count(MOVEMENTS, pen.uuid()).await, 1, "nothing but the opening stock moved");
    });
}

/// Of a product.
const MOVEMENTS: &str = "SELECT count(*) FROM inventory.movements WHERE product_id = $1";

#[test]
fn an_order_of_which_one_line_is_short_reserves_nothing_at_all_and_keeps_no_money() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        let (plenty, scarce) = (shop.product(1_500, 10).await, shop.product(12_000, 1).await);

        let order = customer.places(&[(plenty, 2), (scarce, 2)], "pm_card_visa").await;
        let failed = customer.sees(order, "failed").await;
        assert_eq!(failed["failure"]["code"], "out-of-stock");
        customer.sees_payment(order, "voided").await;
        shop.settles(&[order]).await;
        for product in [plenty, scarce] {
            assert_eq!(shop.count(MOVEMENTS, product.uuid()).await, 1, "nothing but the opening stock moved");
        }
    });
}

#[test]
fn an_order_that_is_cancelled_before_its_card_answers_holds_nothing_in_the_end() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        let pen = shop.product(1_500, 10).await;

        let order = customer.places(&[(pen, 2)], "pm_card_slow").await;
        // Else the payment service may hear of the end first, and never ask the card.
        eventually("a payment under way", async || customer.payment(order).await.ok_or("none")).await;
        assert_eq!(customer.cancels(order).await.expect(202)["status"], "cancelled");
        assert_eq!(customer.cancels(order).await.expect(202)["status"], "cancelled", "once more is as once");
        customer.sees_payment(order, "voided").await;
        shop.settles(&[order]).await;
        assert_eq!(customer.order(order).await.expect(200)["status"], "cancelled");
        assert_eq!(shop.count(MOVEMENTS, pen.uuid()).await, 1, "nothing but the opening stock moved");
    });
}

#[test]
fn an_order_that_is_cancelled_after_its_confirmation_is_refunded_and_restocked() {
    run(async {
        let shop = Shop::shared().await;
        let (customer, staff) = (shop.customer().await, shop.staff().await);
        let pen = shop.product(1_500, 10).await;

        let order = customer.places(&[(pen, 2)], "pm_card_visa").await;
        customer.sees_payment(order, "captured").await;
        assert_eq!(customer.cancels(order).await.expect(202)["status"], "cancelled");
        customer.sees_payment(order, "refunded").await;
        shop.settles(&[order]).await;
        assert_eq!(staff.stock(pen).await["available"], 10);
        assert_eq!(customer.payment(order).await.unwrap()["refunded"]["amount"], 3_000);
    });
}

#[test]
fn an_order_that_is_cancelled_at_any_moment_of_its_saga_ends_without_money_or_goods() {
    run(async {
        let shop = Shop::shared().await;
        let (customer, staff) = (shop.customer().await, shop.staff().await);
        let pen = shop.product(1_500, 100).await;
        let mut orders = Vec::new();
        // Each cancellation meets its order a little later than the one before: the time of one answer.
        for answers in 0..12 {
            let order = customer.places(&[(pen, 1)], "pm_card_visa").await;
            for _ in 0..answers {
                customer.order(order).await.expect(200);
            }
            customer.cancels(order).await.expect(202);
            orders.push(order);
        }
        shop.settles(&orders).await;
        assert_eq!(staff.stock(pen).await["available"], 100);
    });
}

#[test]
fn an_order_that_has_left_cannot_be_cancelled() {
    run(async {
        let shop = Shop::shared().await;
        let (customer, staff) = (shop.customer().await, shop.staff().await);
        let pen = shop.product(1_500, 10).await;

        let order = customer.places(&[(pen, 2)], "pm_card_visa").await;
        customer.sees(order, "confirmed").await;
        staff.ships(order).await.expect(200);
        customer.cancels(order).await.expect_problem(409, "order-not-cancellable");
        shop.settles(&[order]).await;
    });
}

#[test]
fn a_card_that_never_answers_is_unknown_until_the_provider_is_asked_what_it_did() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        let pen = shop.product(1_500, 10).await;

        let order = customer.places(&[(pen, 2)], "pm_card_timeout").await;
        eventually("an unknown payment", async || match customer.payment(order).await {
            Some(payment) if payment["status"] == "unknown" => Ok(()),
            payment => Err(format!("{payment:?}")),
        })
        .await;
        assert_eq!(customer.order(order).await.expect(200)["status"], "pending", "unknown is not failed");
        customer.sees(order, "confirmed").await;
        customer.sees_payment(order, "captured").await;
        shop.settles(&[order]).await;
    });
}

#[test]
fn a_card_that_fails_twice_is_tried_until_it_succeeds_and_charged_once() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        let pen = shop.product(1_500, 10).await;

        let order = customer.places(&[(pen, 2)], "pm_card_flaky").await;
        customer.sees(order, "confirmed").await;
        customer.sees_payment(order, "captured").await;
        shop.settles(&[order]).await;
    });
}

#[test]
fn an_event_that_is_delivered_again_has_no_second_effect() {
    run(async {
        let shop = Shop::open().await;
        let customer = shop.customer().await;
        let pen = shop.product(1_500, 10).await;
        let confirmed = customer.places(&[(pen, 2)], "pm_card_visa").await;
        let short = customer.places(&[(pen, 11)], "pm_card_visa").await;
        let cancelled = customer.places(&[(pen, 3)], "pm_card_visa").await;
        customer.sees(cancelled, "confirmed").await;
        customer.cancels(cancelled).await.expect(202);
        let orders = [confirmed, short, cancelled];
        shop.settles(&orders).await;
        let told = async || {
            let mut told = Vec::new();
            for order in orders {
                told.push(customer.order(order).await.expect(200));
            }
            told
        };
        let before = told().await;

        let jetstream = jetstream(&shop.servers).await;
        for order in orders {
            for message in messages_of(&jetstream, order).await {
                store_again(&jetstream, &message, |_| {}).await;
                // The same fact as another event, as after a re-announcement. A sum of amounts cannot tell that from a
                // second amount, and nobody announces those again.
                if !["payment.captured", "payment.refunded"].contains(&message.subject.as_str()) {
                    let id = Clock::default().new_id::<EventTag>().to_string();
                    store_again(&jetstream, &message, |headers| headers.insert("ce-id", id)).await;
                }
            }
        }
        shop.settles(&orders).await;
        assert_eq!(told().await, before);
        shop.close().await;
    });
}
