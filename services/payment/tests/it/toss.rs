//! The toss adapter beside a Toss that fails in every way that it can fail in.

use livemart_contracts::Money;
use livemart_contracts::money::Currency;
use livemart_payment::domain::Amounts;
use livemart_payment::providers::toss::Toss;
use livemart_payment::providers::{NewHold, PaymentProvider, ProviderError, Window};
use livemart_testing::run;

use crate::double::Fault;
use crate::stripe::won;
use crate::toss_double::{TossBooks, TossDouble};

const AMOUNT: i64 = 15_900;

fn hold(method: &str) -> NewHold {
    NewHold { order_reference: "ord_1".to_owned(), amount: won(AMOUNT), method: method.to_owned() }
}

/// With a payment that a browser authenticated.
async fn opened() -> (TossDouble, Toss) {
    let (double, toss) = (TossDouble::start(TossBooks::default()).await, Toss::default());
    toss.open(&double.access()).unwrap();
    double.with_books(|books| books.authenticated("key_1", AMOUNT));
    (double, toss)
}

async fn taken() -> (TossDouble, Toss) {
    let (double, toss) = opened().await;
    assert_eq!(toss.authorize("authorize", &hold("key_1")).await.unwrap().reference, "key_1");
    (double, toss)
}

async fn booked(toss: &Toss) -> Amounts {
    toss.find("key_1").await.unwrap().unwrap().amounts
}

fn decline_of<T: std::fmt::Debug>(outcome: Result<T, ProviderError>) -> String {
    match outcome {
        Err(ProviderError::Declined(decline)) => decline.code,
        other => panic!("not declined: {other:?}"),
    }
}

#[test]
fn a_confirmation_takes_the_money_a_capture_sees_it_and_a_void_gives_it_back() {
    run(async {
        let (double, toss) = taken().await;
        assert_eq!(booked(&toss).await, Amounts { captured: AMOUNT, ..Amounts::default() });
        toss.capture("capture", "key_1", won(AMOUNT)).await.unwrap();
        for _ in 0..2 {
            toss.void("void", "key_1").await.unwrap();
        }
        assert_eq!(booked(&toss).await, Amounts { captured: AMOUNT, refunded: AMOUNT, ..Amounts::default() });
        double.forgets_keys();
        toss.void("void", "key_1").await.unwrap();
        let late = toss.capture("capture", "key_1", won(AMOUNT)).await;
        assert!(matches!(late, Err(ProviderError::Refused(_))), "{late:?}");
    });
}

#[test]
fn refunds_are_made_in_parts_and_each_once() {
    run(async {
        let (double, toss) = taken().await;
        for _ in 0..2 {
            toss.refund("refund-1", "key_1", won(5_000)).await.unwrap();
        }
        // Found by its key in the reason, also when Toss has forgotten the key.
        double.forgets_keys();
        double.suffers(&[Fault::Fails { status: 500, done: false }]);
        toss.refund("refund-1", "key_1", won(5_000)).await.unwrap();
        toss.refund("refund-2", "key_1", won(AMOUNT - 5_000)).await.unwrap();
        assert_eq!(booked(&toss).await, Amounts { captured: AMOUNT, refunded: AMOUNT, ..Amounts::default() });
        let more = toss.refund("refund-3", "key_1", won(1)).await;
        assert!(matches!(more, Err(ProviderError::Unknown(_))), "{more:?}");
    });
}

#[test]
fn what_the_customer_did_not_authenticate_is_declined() {
    run(async {
        let (double, toss) = opened().await;
        double.with_books(|books| {
            for (key, status, method) in [
                ("ready", "READY", "카드"),
                ("expired", "EXPIRED", "카드"),
                ("deposit", "IN_PROGRESS", "가상계좌"),
                ("cancelled", "CANCELED", "카드"),
            ] {
                books.authenticated(key, AMOUNT);
                let payment = books.payments.get_mut(key).unwrap();
                (payment.status, payment.method) = (status, method);
            }
            books.authenticated("cheaper", AMOUNT - 1);
        });
        for (method, code) in [
            ("ready", "authentication-required"),
            ("expired", "payment-expired"),
            ("deposit", "payment-method-not-accepted"),
            ("cancelled", "payment-expired"),
            ("cheaper", "amount-mismatch"),
            ("unheard-of", "unknown-payment-method"),
            ("../transactions?x=", "unknown-payment-method"),
        ] {
            assert_eq!(decline_of(toss.authorize(method, &hold(method)).await), code, "{method}");
        }
        let dollars = NewHold { amount: Money::new(1_000, Currency::USD), ..hold("key_1") };
        assert_eq!(decline_of(toss.authorize("dollars", &dollars).await), "amount-not-accepted");
        for (refusal, code) in [
            ((403, "REJECT_CARD_COMPANY"), "card-declined"),
            ((403, "REJECT_CARD_PAYMENT"), "insufficient-funds"),
            ((404, "NOT_FOUND_PAYMENT_SESSION"), "payment-expired"),
        ] {
            double.with_books(|books| books.refuses = Some(refusal));
            assert_eq!(decline_of(toss.authorize(refusal.1, &hold("key_1")).await), code);
        }
    });
}

#[test]
fn an_answer_that_decides_nothing_is_resolved_by_looking() {
    run(async {
        for fault in [Fault::Fails { status: 500, done: true }, Fault::Silent { done: true }] {
            let (double, toss) = opened().await;
            double.suffers(&[fault]);
            let first = toss.authorize("authorize", &hold("key_1")).await;
            assert!(matches!(first, Ok(_) | Err(ProviderError::Unknown(_))), "{first:?}");
            assert!(toss.look_up("authorize", &hold("key_1")).await.unwrap().is_some());
            toss.authorize("authorize", &hold("key_1")).await.unwrap();
        }
        let (double, toss) = opened().await;
        double.with_books(|books| books.refuses = Some((400, "PROVIDER_ERROR")));
        let first = toss.authorize("authorize", &hold("key_1")).await;
        assert!(matches!(first, Err(ProviderError::Unknown(_))), "{first:?}");
        assert_eq!(toss.look_up("authorize", &hold("key_1")).await, Ok(None));
        double.suffers(&[Fault::TurnsAway(409)]);
        let busy = toss.authorize("again", &hold("key_1")).await;
        assert!(matches!(busy, Err(ProviderError::Unavailable(_))), "{busy:?}");
    });
}

#[test]
fn its_books_are_read_by_what_moved_and_believed_as_each_payment_says() {
    run(async {
        let (double, toss) = taken().await;
        double.with_books(|books| books.authenticated("never_confirmed", 100));
        toss.refund("refund", "key_1", won(900)).await.unwrap();
        let now = chrono::Utc::now();
        let window = Window { since: now - chrono::TimeDelta::minutes(5), until: now + chrono::TimeDelta::seconds(2) };
        let page = toss.page(&window, None).await.unwrap();
        assert_eq!((page.booked.len(), page.next), (1, None));
        assert_eq!(page.booked[0].amounts, Amounts { captured: AMOUNT, refunded: 900, ..Amounts::default() });
    });
}
