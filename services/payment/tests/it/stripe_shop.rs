//! A shop that is paid by Stripe, from the order to the money, its webhooks and its books.

use aws_lc_rs::hmac;
use livemart_testing::{Shop, eventually, run};
use serde_json::json;

use crate::double::Fault;
use crate::shop::{WEBHOOK_SECRET, differences, fails, is_long_ago, is_paid, paying_with, reconciled, webhook};
use crate::stripe_double::{Intent, StripeBooks, StripeDouble};

const PRICE: i64 = 1_500;

fn signed(body: &str, secret: &str) -> String {
    signed_ago(0, body, secret)
}

fn signed_ago(seconds: i64, body: &str, secret: &str) -> String {
    let time = chrono::Utc::now().timestamp() - seconds;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{time}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={time},v1={hex}")
}

fn event(id: &str, intent: &Intent) -> String {
    let object = json!({ "object": "payment_intent", "id": intent.id, "metadata": intent.metadata });
    json!({ "id": id, "type": "payment_intent.succeeded", "data": { "object": object } }).to_string()
}

/// The only one there is.
fn intent(double: &StripeDouble) -> Intent {
    double.with_books(|books| books.intents.values().next().unwrap().clone())
}

async fn look_ups(shop: &Shop) -> i64 {
    let count = "SELECT count(*) FROM payments.tasks WHERE kind = 'payment.look-up' AND $1::uuid IS NOT NULL";
    shop.count(count, uuid::Uuid::nil()).await
}

#[test]
fn an_order_is_held_taken_and_given_back_by_stripe_and_the_books_agree() {
    run(async {
        let double = StripeDouble::start(StripeBooks::default()).await;
        let shop = paying_with("stripe", &double).await;
        let (customer, pen) = (shop.customer().await, shop.product(PRICE, 100).await);
        let order = customer.places(&[(pen, 2)], "pm_card_visa").await;
        is_paid(&customer, order, "captured").await;
        assert_eq!(customer.payment(order).await.unwrap()["provider"], "stripe");
        let taken = intent(&double);
        assert_eq!((taken.status, taken.received, taken.currency.as_str()), ("succeeded", 2 * PRICE, "krw"));
        assert_eq!(taken.metadata["livemart_order"], order.to_string());

        // A part by the staff, and the rest because the customer cancels.
        let payment = customer.payment(order).await.unwrap()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/payments/{payment}/refunds");
        let part = json!({ "amount": { "amount": PRICE, "currency": "KRW" }, "reason": "one was broken" });
        shop.staff().await.api.post_with_key(&path, "once", &part).await.expect(201);
        is_paid(&customer, order, "partially_refunded").await;
        customer.cancels(order).await.expect(202);
        is_paid(&customer, order, "refunded").await;
        assert_eq!(intent(&double).refunded, 2 * PRICE);

        shop.settles(&[order]).await;
        let declined = customer.places(&[(pen, 1)], "pm_card_chargeDeclinedInsufficientFunds").await;
        fails(&customer, declined, "insufficient-funds").await;
        is_long_ago(&shop).await;
        assert_eq!(differences(&shop).await, Vec::<serde_json::Value>::new());

        // At Stripe's own pages somebody gives money back, makes a hold, and loses one.
        let kept = customer.places(&[(pen, 3)], "pm_card_visa").await;
        is_paid(&customer, kept, "captured").await;
        is_long_ago(&shop).await;
        double.with_books(|books| {
            books.intents.get_mut("pi_2").unwrap().refunded = 100;
            let (mut stray, lost) = (books.intents["pi_2"].clone(), books.intents.remove("pi_1").unwrap());
            (stray.id, stray.created) = ("pi_stray".to_owned(), stray.created - 7_200);
            (stray.status, stray.received, stray.refunded) = ("requires_capture", 0, 0);
            assert_eq!(lost.refunded, 2 * PRICE);
            books.intents.insert(stray.id.clone(), stray);
        });
        let mut found = differences(&shop).await;
        found.sort_by_key(|difference| difference["kind"].as_str().unwrap().to_owned());
        let kinds: Vec<&str> = found.iter().map(|difference| difference["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["amounts-differ", "unknown-to-provider", "unknown-to-us"], "{found:?}");
        assert_eq!(found[0]["theirs"]["refunded"], 100);
        assert_eq!(found[1]["payment_id"], payment);
        assert_eq!(found[2]["reference"], "pi_stray");
        let (text, _) = reconciled(&shop, &[]).await;
        let line = format!("{payment} (pi_1): we say 3000 captured and 3000 refunded, the provider nothing is known");
        assert!(text.contains(&line), "{text}");
        assert!(text.contains("release or refund it at the provider"), "{text}");
        shop.stop().await;
    });
}

#[test]
fn a_webhook_leads_to_a_look_at_stripe_once_and_is_believed_nothing_else() {
    run(async {
        let double = StripeDouble::start(StripeBooks::default()).await;
        let shop = paying_with("stripe", &double).await;
        let (customer, pen) = (shop.customer().await, shop.product(PRICE, 100).await);
        double.suffers(&[Fault::Silent { done: true }]);
        double.is_deaf(true);
        double.with_books(|books| books.index_lags = true);
        let order = customer.places(&[(pen, 1)], "pm_card_visa").await;
        is_paid(&customer, order, "unknown").await;
        let held = intent(&double);
        let body = event("evt_1", &held);

        webhook(&shop, "stripe", &body, None).await.expect_problem(400, "invalid-signature");
        let forged = signed(&body, "whsec_of_a_stranger");
        webhook(&shop, "stripe", &body, Some(&forged)).await.expect_problem(400, "invalid-signature");
        let old = signed_ago(301, &body, WEBHOOK_SECRET);
        webhook(&shop, "stripe", &body, Some(&old)).await.expect_problem(400, "invalid-signature");
        let nonsense = "not json";
        let signature = signed(nonsense, WEBHOOK_SECRET);
        webhook(&shop, "stripe", nonsense, Some(&signature)).await.expect_problem(400, "malformed-body");
        webhook(&shop, "toss", &body, Some(&forged)).await.expect_problem(404, "not-found");
        assert_eq!(look_ups(&shop).await, 0);

        // It tells of a capture. That is not so, and not believed.
        let signature = signed(&body, WEBHOOK_SECRET);
        for _ in 0..3 {
            let answer = webhook(&shop, "stripe", &body, Some(&signature)).await.expect(200);
            assert_eq!(answer["outcome"], "accepted");
        }
        is_paid(&customer, order, "authorized").await;
        assert_eq!(look_ups(&shop).await, 1);

        let stranger = Intent { id: "pi_of_another_shop".to_owned(), metadata: Default::default(), ..held.clone() };
        for body in [event("evt_2", &stranger), r#"{"id":"evt_3","data":{"object":{"object":"customer"}}}"#.to_owned()]
        {
            let signature = signed(&body, WEBHOOK_SECRET);
            let answer = webhook(&shop, "stripe", &body, Some(&signature)).await.expect(200);
            assert_eq!(answer["outcome"], "ignored");
        }

        // The capture was asked for and cannot be heard; its webhook brings the news of what Stripe has done.
        let captured = eventually("the order being confirmed", async || {
            let order = customer.order(order).await.expect(200);
            if order["status"] == "confirmed" { Ok(()) } else { Err(order) }
        });
        captured.await;
        double.with_books(|books| {
            let intent = books.intents.values_mut().next().unwrap();
            (intent.status, intent.received) = ("succeeded", intent.amount);
        });
        let body = event("evt_4", &intent(&double));
        webhook(&shop, "stripe", &body, Some(&signed(&body, WEBHOOK_SECRET))).await.expect(200);
        is_paid(&customer, order, "captured").await;
        double.is_deaf(false);

        // The call that was not heard is answered now, and changes nothing any more.
        eventually("the capture being answered", async || {
            let waiting = "SELECT count(*) FROM payments.tasks WHERE status = 'waiting' AND $1::uuid IS NOT NULL";
            match shop.count(waiting, uuid::Uuid::nil()).await {
                0 => Ok(()),
                some => Err(format!("{some} calls wait")),
            }
        })
        .await;
        let announced =
            "SELECT count(*) FROM payments.outbox WHERE subject IN ('payment.authorized', 'payment.captured')
                         AND $1::uuid IS NOT NULL";
        assert_eq!(shop.count(announced, uuid::Uuid::nil()).await, 2, "each once");
        assert_eq!(shop.logged_errors(), Vec::<String>::new());
        shop.stop().await;
    });
}
