//! A shop that is paid by Toss Payments: the browser authenticates, the order confirms.

use livemart_testing::run;
use serde_json::json;

use crate::shop::{differences, fails, is_long_ago, is_paid, paying_with, webhook};
use crate::toss_double::{TossBooks, TossDouble};

const PRICE: i64 = 1_500;

#[test]
fn an_order_is_confirmed_at_toss_once_and_its_books_agree() {
    run(async {
        let double = TossDouble::start(TossBooks::default()).await;
        double.with_books(|books| {
            books.authenticated("key_1", 2 * PRICE);
            books.authenticated("key_2", PRICE);
        });
        let shop = paying_with("toss", &double).await;
        let (customer, pen) = (shop.customer().await, shop.product(PRICE, 4).await);
        let order = customer.places(&[(pen, 2)], "key_1").await;
        is_paid(&customer, order, "captured").await;

        // What has paid pays for nothing else, whoever brings it.
        let other = shop.customer().await;
        let again = other.places(&[(pen, 2)], "key_1").await;
        fails(&other, again, "payment-method-used").await;
        let cheaper = other.places(&[(pen, 1)], "key_1").await;
        fails(&other, cheaper, "amount-mismatch").await;
        double.with_books(|books| assert!(books.payments["key_1"].cancels.is_empty(), "it is the first one's"));

        // Short of goods: what was confirmed is given back.
        double.with_books(|books| books.authenticated("key_3", 3 * PRICE));
        let short = other.places(&[(pen, 3)], "key_3").await;
        is_paid(&other, short, "voided").await;
        double.with_books(|books| assert_eq!(books.payments["key_3"].status, "CANCELED"));
        customer.cancels(order).await.expect(202);
        is_paid(&customer, order, "refunded").await;
        shop.settles(&[order, again, cheaper, short]).await;
        is_long_ago(&shop).await;
        assert_eq!(differences(&shop).await, Vec::<serde_json::Value>::new());

        // Anybody can send a webhook; Toss is asked, and nothing follows from what it says.
        let claim = |key: &str, status: &str| {
            let data = json!({ "paymentKey": key, "status": status, "totalAmount": 1 });
            json!({ "eventType": "PAYMENT_STATUS_CHANGED", "createdAt": "2026-11-25T17:00:00", "data": data })
                .to_string()
        };
        let asked_before = double.calls().len();
        for _ in 0..2 {
            let answer = webhook(&shop, "toss", &claim("key_1", "DONE"), None).await.expect(200);
            assert_eq!(answer["outcome"], "accepted");
        }
        for key in ["key_2", "unheard-of", "../x"] {
            let answer = webhook(&shop, "toss", &claim(key, "DONE"), None).await.expect(200);
            assert_eq!(answer["outcome"], "ignored", "{key} paid for nothing here");
        }
        webhook(&shop, "toss", "[]", None).await.expect_problem(400, "malformed-body");
        livemart_testing::eventually("Toss being asked", async || match double.calls().len() - asked_before {
            1 => Ok(()),
            other => Err(format!("{other} calls")),
        })
        .await;
        assert_eq!(customer.payment(order).await.unwrap()["status"], "refunded");

        double.with_books(|books| {
            let payment = books.payments.get_mut("key_3").unwrap();
            (payment.status, payment.cancels) = ("DONE", Vec::new());
        });
        is_long_ago(&shop).await;
        let found = differences(&shop).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((&found[0]["kind"], &found[0]["reference"]), (&json!("amounts-differ"), &json!("key_3")));
        assert_eq!(shop.logged_errors(), Vec::<String>::new());
        shop.stop().await;
    });
}
