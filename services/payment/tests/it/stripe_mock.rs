//! The stripe adapter's requests, read by Stripe's own description of its API.

use livemart_payment::providers::stripe::Stripe;
use livemart_payment::providers::{Access, NewHold, PaymentProvider, ProviderError, Window};
use livemart_testing::{StripeMock, run};
use reqwest::Url;

use crate::double::{KEY, LIMIT};
use crate::stripe::won;

/// It answers with examples, which are not what was asked for. Whatever it takes for a mistake is refused.
fn understood<T: std::fmt::Debug>(outcome: &Result<T, ProviderError>) -> bool {
    !matches!(outcome, Err(ProviderError::Refused(_) | ProviderError::Unavailable(_)))
}

#[test]
fn stripes_own_description_of_its_api_understands_every_request() {
    run(async {
        let mock = StripeMock::start().await;
        let stripe = Stripe::default();
        let url = Url::parse(&mock.url).unwrap();
        let access = Access { url: Some(url), key: KEY.into(), webhook_secrets: Vec::new(), limit: 10 * LIMIT };
        stripe.open(&access).unwrap();

        let method = "pm_card_visa".to_owned();
        let hold = NewHold { order_reference: "ord_1".to_owned(), amount: won(15_900), method };
        let authorized = stripe.authorize("key", &hold).await;
        assert!(understood(&authorized), "{authorized:?}");
        for (what, outcome) in [
            ("capture", stripe.capture("key", "pi_1", won(15_900)).await),
            ("void", stripe.void("key", "pi_1").await),
            ("refund", stripe.refund("key", "pi_1", won(15_900)).await),
        ] {
            assert!(understood(&outcome), "{what}: {outcome:?}");
        }
        let found = stripe.look_up("key", &hold).await;
        assert!(understood(&found), "{found:?}");
        let booked = stripe.find("pi_1").await.unwrap();
        assert!(booked.is_some_and(|booked| booked.reference.starts_with("pi_")));
        let now = chrono::Utc::now();
        let window = Window { since: now - chrono::TimeDelta::hours(1), until: now };
        stripe.page(&window, Some("pi_1")).await.unwrap();

        // It would have said so: this is not a name of a parameter.
        let client = reqwest::Client::new();
        let url = format!("{}/v1/payment_intents", mock.url);
        let misspelt = client.post(url).bearer_auth(KEY).form(&[("amount", "1"), ("currency", "krw"), ("captur", "x")]);
        assert_eq!(misspelt.send().await.unwrap().status(), 400);
    });
}
