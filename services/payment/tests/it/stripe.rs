//! The stripe adapter beside a Stripe that fails in every way that it can fail in.

use livemart_contracts::Money;
use livemart_contracts::money::Currency;
use livemart_payment::domain::Amounts;
use livemart_payment::providers::stripe::Stripe;
use livemart_payment::providers::{NewHold, PaymentProvider, ProviderError, Window};
use livemart_testing::run;

use crate::double::Fault;
use crate::stripe_double::{StripeBooks, StripeDouble};

const AMOUNT: i64 = 15_900;

pub fn won(amount: i64) -> Money {
    Money::new(amount, Currency::KRW)
}

fn hold(method: &str) -> NewHold {
    NewHold { order_reference: "ord_1".to_owned(), amount: won(AMOUNT), method: method.to_owned() }
}

async fn opened() -> (StripeDouble, Stripe) {
    let (double, stripe) = (StripeDouble::start(StripeBooks::default()).await, Stripe::default());
    stripe.open(&double.access()).unwrap();
    (double, stripe)
}

/// A hold, and one that was taken.
async fn held() -> (StripeDouble, Stripe, String) {
    let (double, stripe) = opened().await;
    let hold = stripe.authorize("authorize", &hold("pm_card_visa")).await.unwrap();
    (double, stripe, hold.reference)
}

async fn captured() -> (StripeDouble, Stripe, String) {
    let (double, stripe, reference) = held().await;
    stripe.capture("capture", &reference, won(AMOUNT)).await.unwrap();
    (double, stripe, reference)
}

async fn booked(stripe: &Stripe, reference: &str) -> Amounts {
    stripe.find(reference).await.unwrap().unwrap().amounts
}

fn is_unknown<T: std::fmt::Debug>(outcome: &Result<T, ProviderError>) -> bool {
    matches!(outcome, Err(ProviderError::Unknown(_)))
}

#[test]
fn money_is_held_then_taken_and_given_back_in_parts_or_released() {
    run(async {
        let (double, stripe, reference) = held().await;
        assert_eq!(booked(&stripe, &reference).await, Amounts { held: AMOUNT, ..Amounts::default() });
        stripe.capture("capture", &reference, won(AMOUNT)).await.unwrap();
        stripe.refund("refund-1", &reference, won(5_000)).await.unwrap();
        let expected = Amounts { captured: AMOUNT, refunded: 5_000, ..Amounts::default() };
        assert_eq!(booked(&stripe, &reference).await, expected);
        stripe.refund("refund-2", &reference, won(AMOUNT - 5_000)).await.unwrap();
        assert!(!booked(&stripe, &reference).await.has_money());

        let released = stripe.authorize("another", &hold("pm_card_visa")).await.unwrap().reference;
        stripe.void("void", &released).await.unwrap();
        assert_eq!(booked(&stripe, &released).await, Amounts { released: AMOUNT, ..Amounts::default() });
        let keys: Vec<String> = double.calls().into_iter().filter_map(|call| call.key).collect();
        assert_eq!(keys, ["authorize", "capture", "refund-1", "refund-2", "another", "void"]);
    });
}

#[test]
fn what_the_bank_refuses_is_declined_in_our_codes() {
    run(async {
        let (_double, stripe) = opened().await;
        for (method, code) in [
            ("pm_card_chargeDeclined", "card-declined"),
            ("pm_card_chargeDeclinedInsufficientFunds", "insufficient-funds"),
            ("pm_card_authenticationRequired", "authentication-required"),
            ("pm_unheard_of", "unknown-payment-method"),
        ] {
            match stripe.authorize(method, &hold(method)).await {
                Err(ProviderError::Declined(decline)) => assert_eq!(decline.code, code),
                other => panic!("{method}: {other:?}"),
            }
        }
    });
}

#[test]
fn a_call_that_is_made_again_is_answered_as_the_first() {
    run(async {
        let (double, stripe, reference) = held().await;
        assert_eq!(stripe.authorize("authorize", &hold("pm_card_visa")).await.unwrap().reference, reference);
        for _ in 0..2 {
            stripe.capture("capture", &reference, won(AMOUNT)).await.unwrap();
            stripe.refund("refund", &reference, won(1_000)).await.unwrap();
        }
        double.with_books(|books| {
            assert_eq!(books.intents.len(), 1);
            assert_eq!(books.refunds.len(), 1);
        });
    });
}

#[test]
fn a_call_that_is_not_taken_is_known_not_to_be_done() {
    run(async {
        let (double, stripe) = opened().await;
        for status in [429, 409] {
            double.suffers(&[Fault::TurnsAway(status)]);
            let outcome = stripe.authorize("authorize", &hold("pm_card_visa")).await;
            assert!(matches!(outcome, Err(ProviderError::Unavailable(_))), "{status}: {outcome:?}");
        }
        stripe.authorize("authorize", &hold("pm_card_visa")).await.unwrap();
        let closed = double.access();
        drop(double);
        let nobody = Stripe::default();
        nobody.open(&closed).unwrap();
        let refused = livemart_testing::eventually("the double being gone", async || {
            match nobody.authorize("authorize", &hold("pm_card_visa")).await {
                Err(error @ ProviderError::Unavailable(_)) => Ok(error),
                other => Err(format!("{other:?}")),
            }
        });
        assert!(!refused.await.to_string().contains("sk_test"), "errors are logged");
    });
}

#[test]
fn a_silent_hold_is_unknown_and_found_by_its_key_or_by_asking_again() {
    run(async {
        let (double, stripe) = opened().await;
        double.suffers(&[Fault::Silent { done: true }, Fault::Silent { done: false }]);
        assert!(is_unknown(&stripe.authorize("first", &hold("pm_card_visa")).await));
        let found = stripe.look_up("first", &hold("pm_card_visa")).await.unwrap().unwrap();
        // The index is behind: the same key still answers.
        double.with_books(|books| books.index_lags = true);
        assert_eq!(stripe.look_up("first", &hold("pm_card_visa")).await, Ok(None));
        assert_eq!(stripe.authorize("first", &hold("pm_card_visa")).await, Ok(found));

        assert!(is_unknown(&stripe.authorize("second", &hold("pm_card_visa")).await));
        stripe.authorize("second", &hold("pm_card_visa")).await.unwrap();
        double.with_books(|books| assert_eq!(books.intents.len(), 2));
    });
}

/// Stripe keeps a 500 for its key and gives it again for a day, whatever was done.
#[test]
fn a_500_that_is_kept_is_resolved_by_looking_and_never_doubles_anything() {
    run(async {
        for done in [true, false] {
            let fault = [Fault::Fails { status: 500, done }];
            let (double, stripe, reference) = captured().await;
            double.suffers(&fault);
            let first = stripe.refund("refund", &reference, won(1_000)).await;
            assert_eq!(first.is_ok(), done, "{first:?}");
            if !done {
                assert!(is_unknown(&first), "the first 500 may yet be done: {first:?}");
            }
            for _ in 0..2 {
                stripe.refund("refund", &reference, won(1_000)).await.unwrap();
            }
            assert_eq!(booked(&stripe, &reference).await.refunded, 1_000, "done: {done}");

            let (double, stripe, reference) = held().await;
            double.suffers(&fault);
            let first = stripe.capture("capture", &reference, won(AMOUNT)).await;
            assert!(first.is_ok() == done && (done || is_unknown(&first)), "{first:?}");
            stripe.capture("capture", &reference, won(AMOUNT)).await.unwrap();
            assert_eq!(booked(&stripe, &reference).await.captured, AMOUNT);

            let (double, stripe, reference) = held().await;
            double.suffers(&fault);
            let _ = stripe.void("void", &reference).await;
            stripe.void("void", &reference).await.unwrap();
            assert_eq!(booked(&stripe, &reference).await.released, AMOUNT);

            let (double, stripe) = opened().await;
            double.suffers(&fault);
            let first = stripe.authorize("authorize", &hold("pm_card_visa")).await;
            assert!(is_unknown(&first), "{first:?}");
            assert!(is_unknown(&stripe.authorize("authorize", &hold("pm_card_visa")).await), "it is kept");
            let found = stripe.look_up("authorize", &hold("pm_card_visa")).await.unwrap();
            assert_eq!(found.is_some(), done);
            if !done {
                double.forgets_keys();
                stripe.authorize("authorize", &hold("pm_card_visa")).await.unwrap();
            }
            double.with_books(|books| assert_eq!(books.intents.len(), 1));
        }
    });
}

#[test]
fn what_was_done_under_a_key_that_is_forgotten_is_not_done_again() {
    run(async {
        let (double, stripe, reference) = captured().await;
        stripe.refund("refund", &reference, won(AMOUNT)).await.unwrap();
        double.forgets_keys();
        stripe.capture("capture", &reference, won(AMOUNT)).await.unwrap();
        stripe.refund("refund", &reference, won(AMOUNT)).await.unwrap();
        let other = stripe.refund("another", &reference, won(1)).await;
        assert!(matches!(other, Err(ProviderError::Refused(_))), "{other:?}");
        assert_eq!(booked(&stripe, &reference).await.refunded, AMOUNT);
    });
}

#[test]
fn mistakes_are_refused_and_not_retried_as_something_else() {
    run(async {
        let (double, stripe, reference) = held().await;
        for refused in [
            stripe.refund("early", &reference, won(1)).await,
            stripe.capture("stranger", "sandbox_1", won(1)).await,
            stripe.capture("path", "pi_1/../../v1/refunds", won(1)).await,
            // Another request under a key that is taken.
            stripe.void("authorize", &reference).await,
        ] {
            assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
        }
        let mut access = double.access();
        access.key = "sk_test_ofSomebodyElse".into();
        let stranger = Stripe::default();
        stranger.open(&access).unwrap();
        let refused = stranger.authorize("key", &hold("pm_card_visa")).await;
        assert!(matches!(refused, Err(ProviderError::Refused(_))), "{refused:?}");
        assert_eq!(stripe.find("pi_unheard_of").await, Ok(None));
    });
}

#[test]
fn its_books_are_read_page_by_page_and_those_of_others_are_left_out() {
    run(async {
        let (double, stripe) = opened().await;
        for number in 0..250 {
            stripe.authorize(&format!("key-{number}"), &hold("pm_card_visa")).await.unwrap();
        }
        double.with_books(|books| {
            let intent = books.intents.get_mut("pi_7").unwrap();
            intent.metadata.remove("livemart_order");
        });
        let now = chrono::Utc::now();
        let window = Window { since: now - chrono::TimeDelta::minutes(5), until: now + chrono::TimeDelta::seconds(2) };
        let (mut references, mut pages, mut after) = (std::collections::BTreeSet::new(), 0, None);
        loop {
            let page = stripe.page(&window, after.as_deref()).await.unwrap();
            references.extend(page.booked.into_iter().map(|booked| booked.reference));
            (pages, after) = (pages + 1, page.next);
            if after.is_none() {
                break;
            }
        }
        assert_eq!((references.len(), pages), (249, 3));
        assert!(!references.contains("pi_7"));
    });
}
