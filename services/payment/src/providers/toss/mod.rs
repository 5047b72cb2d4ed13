//! Toss Payments: the customer's browser authenticates a payment, the server confirms it.
//!
//! A confirmation takes the money, there is no hold: to authorise is to confirm, to capture is to see that it was taken, to
//! void is to cancel all of it, to refund is to cancel a part. The payment method of an order is the `paymentKey` that the
//! browser was given; it pays once, so the service lets one payment only have it.
//!
//! Nothing is believed but what is read from Toss by the payment's key: before a confirmation its amount, after an answer that
//! decides nothing its state. What we ask to be given back carries its key in the reason, by which it is found again.

mod api;
mod declines;
mod payment;
mod webhook;

use std::collections::BTreeSet;

use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use livemart_contracts::Money;
use livemart_contracts::money::Currency;
use serde::Deserialize;
use serde_json::json;

use super::http::{self, Access, Transport, parsed};
use super::{Booked, BookedPage, Hint, Hold, NewHold, Notice, PaymentProvider, ProviderError, Refusal, Window};
use api::Fault;
use payment::{Payment, State};

const URL: &str = "https://api.tosspayments.com";
/// Transactions on a page: each names a payment that is read by itself.
const PAGE: usize = 100;
/// Payments read at once.
const AT_ONCE: usize = 8;

#[derive(Debug, Default)]
pub struct Toss {
    transport: Transport,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Transaction {
    transaction_key: String,
    payment_key: String,
}

impl Toss {
    pub fn open(&self, access: &Access) -> anyhow::Result<()> {
        self.transport.open(access, URL)
    }

    /// The payment that has this key; `None` where no payment has it.
    async fn payment(&self, payment_key: &str) -> Result<Option<Payment>, ProviderError> {
        // Customers say it.
        if !http::is_name(payment_key) {
            return Ok(None);
        }
        match api::get(&self.transport, &format!("/v1/payments/{payment_key}"), &[]).await {
            Ok(body) => parsed(body).map(Some),
            Err(Fault::Answered { status: 404, .. }) => Ok(None),
            Err(fault) => Err(fault.into_error()),
        }
    }

    async fn confirm(&self, key: &str, payment: &Payment, amount: i64) -> Result<Hold, ProviderError> {
        let body = json!({ "paymentKey": payment.payment_key, "orderId": payment.order_id, "amount": amount });
        let fault = match api::post(&self.transport, "/v1/payments/confirm", key, &body).await {
            Ok(answer) => return taken(&parsed(answer)?, amount),
            Err(fault) => fault,
        };
        match fault.of_confirmation() {
            // An answer that decides nothing, or one that somebody was faster: Toss knows what became of it.
            ProviderError::Unknown(said) => match self.payment(&payment.payment_key).await? {
                Some(payment) if payment.state() == State::Done => taken(&payment, amount),
                Some(payment) if payment.state() == State::Ended => Err(declines::ended()),
                _ => Err(ProviderError::Unknown(said)),
            },
            error => Err(error),
        }
    }

    /// Cancels the payment `reference`, as a whole or in part, unless `is_done`.
    async fn cancel(
        &self,
        (key, reference): (&str, &str),
        body: serde_json::Value,
        is_done: impl Fn(&Payment) -> bool,
    ) -> Result<(), ProviderError> {
        if !http::is_name(reference) {
            return Err(ProviderError::Refused(format!("{reference:?} was not taken by Toss")));
        }
        let path = format!("/v1/payments/{reference}/cancel");
        let (payment, error) = match api::post(&self.transport, &path, key, &body).await {
            Ok(answer) => (Some(parsed(answer)?), ProviderError::Unknown("it is accepted and not done".to_owned())),
            Err(fault) if fault.decides_nothing() => (self.payment(reference).await?, fault.into_error()),
            Err(fault) => return Err(fault.into_error()),
        };
        if payment.as_ref().is_some_and(is_done) { Ok(()) } else { Err(error) }
    }
}

/// What a confirmed payment is to us.
fn taken(payment: &Payment, amount: i64) -> Result<Hold, ProviderError> {
    match payment.state() {
        State::Done if payment.total() == Some(amount) => Ok(Hold { reference: payment.payment_key.clone() }),
        State::Done => Err(declines::other_amount()),
        state => Err(ProviderError::Unknown(format!("it is confirmed and {state:?}"))),
    }
}

/// Who reads the merchant's books sees why, and we find it again by the key.
fn reason(why: &str, key: &str) -> String {
    format!("{why} [{key}]")
}

#[async_trait]
impl PaymentProvider for Toss {
    fn name(&self) -> &'static str {
        "toss"
    }

    async fn authorize(&self, key: &str, hold: &NewHold) -> Result<Hold, ProviderError> {
        if hold.amount.currency != Currency::KRW {
            return Err(declines::won_only());
        }
        let payment = self.payment(&hold.method).await?.ok_or_else(declines::unknown)?;
        let amount = hold.amount.amount;
        if payment.total() != Some(amount) || !payment.is_in_won() {
            return Err(declines::other_amount());
        }
        match payment.state() {
            State::Authenticated if payment.is_virtual_account() => Err(declines::virtual_account()),
            State::Authenticated => self.confirm(key, &payment, amount).await,
            // By an earlier attempt, or for another order: whose it is, our own books decide.
            State::Done => taken(&payment, amount),
            State::NotAuthenticated => Err(declines::not_authenticated()),
            State::WaitingForDeposit => Err(declines::virtual_account()),
            State::Ended | State::PartlyCanceled | State::Canceled => Err(declines::ended()),
            State::New => Err(ProviderError::Unknown(format!("a payment is {}", payment.status))),
        }
    }

    async fn capture(&self, _: &str, reference: &str, amount: Money) -> Result<(), ProviderError> {
        match self.payment(reference).await? {
            Some(payment) if payment.state() == State::Done && payment.total() == Some(amount.amount) => Ok(()),
            Some(payment) => Err(ProviderError::Refused(format!("what was taken is {} by now", payment.status))),
            None => Err(ProviderError::Refused("it knows of no such payment".to_owned())),
        }
    }

    async fn void(&self, key: &str, reference: &str) -> Result<(), ProviderError> {
        let body = json!({ "cancelReason": reason("the order is not fulfilled", key) });
        self.cancel((key, reference), body, |payment| payment.state() == State::Canceled).await
    }

    async fn refund(&self, key: &str, reference: &str, amount: Money) -> Result<(), ProviderError> {
        let body = json!({ "cancelReason": reason("refund", key), "cancelAmount": amount.amount });
        self.cancel((key, reference), body, |payment| payment.has_canceled(key)).await
    }

    /// The key of a payment is its method, and its state is looked at before each attempt anyway.
    async fn look_up(&self, _: &str, hold: &NewHold) -> Result<Option<Hold>, ProviderError> {
        let payment = self.payment(&hold.method).await?;
        Ok(payment.and_then(|payment| taken(&payment, hold.amount.amount).ok()))
    }

    async fn find(&self, reference: &str) -> Result<Option<Booked>, ProviderError> {
        self.payment(reference).await?.map(Payment::booked).transpose()
    }

    async fn page(&self, window: &Window, after: Option<&str>) -> Result<BookedPage, ProviderError> {
        let mut query = vec![
            ("startDate", api::local(window.since)),
            ("endDate", api::local(window.until)),
            ("limit", PAGE.to_string()),
        ];
        query.extend(after.map(|after| ("startingAfter", after.to_owned())));
        let listed = api::get(&self.transport, "/v1/transactions", &query).await.map_err(Fault::into_error)?;
        let listed: Vec<Transaction> = parsed(listed)?;
        let next = listed.last().filter(|_| listed.len() == PAGE).map(|last| last.transaction_key.clone());
        // A payment has a transaction for each time that money moved.
        let keys: BTreeSet<String> = listed.into_iter().map(|transaction| transaction.payment_key).collect();
        let read = async |key: String| self.find(&key).await;
        let booked: Vec<Option<Booked>> = stream::iter(keys).map(read).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(BookedPage { booked: booked.into_iter().flatten().collect(), next })
    }

    fn hint(&self, notice: &Notice<'_>) -> Result<Option<Hint>, Refusal> {
        webhook::hint(notice.body)
    }

    fn takes_at_once(&self) -> bool {
        true
    }

    fn methods_pay_once(&self) -> bool {
        true
    }
}
