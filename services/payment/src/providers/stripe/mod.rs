//! Stripe: cards are held by a PaymentIntent with manual capture, taken by its capture, released by its cancellation.
//!
//! Stripe answers a key that it knows as it did the first time, also where that was a 500. Such an answer says nothing: what
//! became of the call is then read from Stripe's books, and a call that is not in them is made again with a key that
//! follows from the first one and from the request that spoiled it.
//!
//! What needs the customer once more (3-D Secure) is declined: nobody waits at a browser when an order is paid.

mod api;
mod declines;
mod intent;
mod minor_units;
mod settle;
mod webhook;

use async_trait::async_trait;
use livemart_contracts::Money;
use serde::Deserialize;

use super::http::{self, Access, Transport, parsed};
use super::{
    Booked, BookedPage, Hint, Hold, NewHold, Notice, PaymentProvider, ProviderError, Refusal, Window, declined,
};
use api::{Fault, Form};
use intent::Intent;
use settle::Wanted;

const URL: &str = "https://api.stripe.com";
/// Stripe's most.
const PAGE: usize = 100;
/// What we have Stripe keep with an object: the key under which it was asked for, to find it again, and the order.
const KEY: &str = "livemart_key";
const ORDER: &str = "livemart_order";
/// The same, as parameters.
const KEEP_KEY: &str = "metadata[livemart_key]";
const KEEP_ORDER: &str = "metadata[livemart_order]";

#[derive(Debug, Default)]
pub struct Stripe {
    transport: Transport,
}

#[derive(Deserialize)]
struct List<T> {
    data: Vec<T>,
    #[serde(default)]
    has_more: bool,
}

impl Stripe {
    pub fn open(&self, access: &Access) -> anyhow::Result<()> {
        self.transport.open(access, URL)
    }

    async fn intent(&self, reference: &str) -> Result<Option<Intent>, ProviderError> {
        if !http::is_name(reference) {
            return Err(ProviderError::Refused(format!("{reference:?} is no name of Stripe's")));
        }
        let path = format!("/v1/payment_intents/{reference}");
        match api::get(&self.transport, &path, &[("expand[]", "latest_charge".to_owned())]).await {
            Ok(body) => parsed(body).map(Some),
            Err(Fault::Answered { status: 404, .. }) => Ok(None),
            Err(fault) => Err(fault.into_error()),
        }
    }
}

#[async_trait]
impl PaymentProvider for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    async fn authorize(&self, key: &str, hold: &NewHold) -> Result<Hold, ProviderError> {
        let form: Form = vec![
            ("amount", minor_units::of(hold.amount)?.to_string()),
            ("currency", hold.amount.currency.code().to_ascii_lowercase()),
            ("payment_method", hold.method.clone()),
            ("payment_method_types[]", "card".to_owned()),
            ("capture_method", "manual".to_owned()),
            ("confirm", "true".to_owned()),
            ("error_on_requires_action", "true".to_owned()),
            ("description", hold.order_reference.clone()),
            (KEEP_ORDER, hold.order_reference.clone()),
            (KEEP_KEY, key.to_owned()),
        ];
        let answer = api::post(&self.transport, "/v1/payment_intents", key, &form).await;
        let intent: Intent = parsed(answer.map_err(declines::of_authorization)?)?;
        match intent.status.as_str() {
            "requires_capture" => Ok(Hold { reference: intent.id }),
            "requires_payment_method" => Err(declined("card-declined", "the card was declined")),
            "requires_action" => Err(declines::needs_customer()),
            other => Err(ProviderError::Unknown(format!("{} is {other}", intent.id))),
        }
    }

    async fn capture(&self, key: &str, reference: &str, amount: Money) -> Result<(), ProviderError> {
        let (path, amount) = (format!("/v1/payment_intents/{}/capture", named(reference)?), minor_units::of(amount)?);
        let form = vec![("amount_to_capture", amount.to_string())];
        self.settle(&path, key, &form, Wanted::Taken { reference, amount }).await
    }

    async fn void(&self, key: &str, reference: &str) -> Result<(), ProviderError> {
        let path = format!("/v1/payment_intents/{}/cancel", named(reference)?);
        self.settle(&path, key, &Form::new(), Wanted::Released { reference }).await
    }

    async fn refund(&self, key: &str, reference: &str, amount: Money) -> Result<(), ProviderError> {
        let form: Form = vec![
            ("payment_intent", named(reference)?.to_owned()),
            ("amount", minor_units::of(amount)?.to_string()),
            (KEEP_KEY, key.to_owned()),
        ];
        self.settle("/v1/refunds", key, &form, Wanted::GivenBack { reference, key }).await
    }

    /// The index that is searched is a minute behind at most; until then the same key is what finds the hold.
    async fn look_up(&self, key: &str, _: &NewHold) -> Result<Option<Hold>, ProviderError> {
        let query = [("query", format!("metadata['{KEY}']:'{key}'")), ("limit", "1".to_owned())];
        let found = api::get(&self.transport, "/v1/payment_intents/search", &query).await.map_err(Fault::into_error)?;
        let found: List<Intent> = parsed(found)?;
        let held = found.data.into_iter().find(|intent| intent.status == "requires_capture");
        Ok(held.map(|intent| Hold { reference: intent.id }))
    }

    async fn find(&self, reference: &str) -> Result<Option<Booked>, ProviderError> {
        self.intent(reference).await?.map(Intent::booked).transpose()
    }

    async fn page(&self, window: &Window, after: Option<&str>) -> Result<BookedPage, ProviderError> {
        let mut query = vec![
            ("limit", PAGE.to_string()),
            ("created[gte]", window.since.timestamp().to_string()),
            ("created[lte]", window.until.timestamp().to_string()),
            ("expand[]", "data.latest_charge".to_owned()),
        ];
        query.extend(after.map(|after| ("starting_after", after.to_owned())));
        let listed = api::get(&self.transport, "/v1/payment_intents", &query).await.map_err(Fault::into_error)?;
        let listed: List<Intent> = parsed(listed)?;
        let next = listed.data.last().filter(|_| listed.has_more).map(|intent| intent.id.clone());
        // Who else uses the account keeps books of their own.
        let ours = listed.data.into_iter().filter(|intent| intent.metadata.contains_key(ORDER));
        Ok(BookedPage { booked: ours.map(Intent::booked).collect::<Result<_, _>>()?, next })
    }

    fn hint(&self, notice: &Notice<'_>) -> Result<Option<Hint>, Refusal> {
        let secrets = self.transport.access().map(|access| access.webhook_secrets.as_slice()).unwrap_or_default();
        webhook::verify(notice, secrets)?;
        webhook::hint(notice.body)
    }
}

fn named(reference: &str) -> Result<&str, ProviderError> {
    if reference.starts_with("pi_") && http::is_name(reference) {
        return Ok(reference);
    }
    Err(ProviderError::Refused(format!("{reference:?} was not held by Stripe")))
}
