//! Asks the provider to hold the money.
//!
//! A provider that does not answer may hold it all the same: the payment is then unknown, and only the provider decides,
//! by looking up the idempotency key or by answering the same request again.

use std::collections::HashMap;

use livemart_contracts::{Money, OrderId, PaymentId};
use livemart_messaging::tasks::Call;
use livemart_messaging::{Attempt, Context, Effect, Failure, Outcome};
use serde::{Deserialize, Serialize};

use super::Counterpart;
use crate::advance::{Step, advance};
use crate::domain::Decline;
use crate::providers::{Hold, NewHold, ProviderError};
use crate::store::payments;

pub struct Authorize(pub Counterpart);

impl Authorize {
    /// Asks what became of an earlier attempt before making another one.
    async fn ask(&self, call: &Call<AuthorizeRequest>) -> Result<Hold, ProviderError> {
        let (key, provider) = (&call.idempotency_key, &self.0.provider);
        let request = NewHold {
            order_reference: call.request.order_id.to_string(),
            amount: call.request.amount,
            method: call.request.method.clone(),
        };
        if call.attempt > 1
            && let Some(hold) = provider.look_up(key, &request).await?
        {
            return Ok(hold);
        }
        provider.authorize(key, &request).await
    }

    /// Of the holds that were made, who has each: the first payment that recorded it. Where customers bring what names the
    /// hold, two may bring the same.
    async fn owners(
        &self,
        cx: &Context,
        outcomes: &[&Outcome<AuthorizeRequest, Result<Hold, Decline>>],
    ) -> Result<HashMap<String, OrderId>, Failure> {
        if !self.0.provider.methods_pay_once() {
            return Ok(HashMap::new());
        }
        let made = outcomes.iter().filter_map(|outcome| match &outcome.attempt {
            Attempt::Answered(Ok(hold)) => Some((hold.reference.clone(), outcome.request.order_id)),
            _ => None,
        });
        let references = made.clone().map(|(reference, _)| reference).collect();
        let mut owners = payments::owners_in(cx.tx(), self.0.provider.name(), references).await?;
        for (reference, order) in made {
            owners.entry(reference).or_insert(order);
        }
        Ok(owners)
    }
}

/// Of a payment that came with what had paid for another one.
fn used_up() -> Decline {
    Decline {
        code: "payment-method-used".to_owned(),
        detail: "another order was paid with this payment method, which pays once".to_owned(),
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AuthorizeRequest {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub amount: Money,
    pub method: String,
}

impl Effect for Authorize {
    const KIND: &'static str = "payment.authorize";
    type Request = AuthorizeRequest;
    type Answer = Result<Hold, Decline>;

    async fn perform(&self, call: &Call<AuthorizeRequest>) -> Attempt<Self::Answer> {
        match self.0.within(self.ask(call)).await {
            Ok(hold) => Attempt::Answered(Ok(hold)),
            Err(ProviderError::Declined(decline)) => Attempt::Answered(Err(decline)),
            Err(ProviderError::Unknown(error)) => Attempt::Unknown(error),
            Err(ProviderError::Unavailable(error)) => Attempt::Unavailable(error),
            Err(error @ ProviderError::Refused(_)) => {
                tracing::error!(%error, "the provider takes an authorisation for a mistake, asking again");
                Attempt::Unavailable(error.to_string())
            }
        }
    }

    async fn record(
        &self,
        cx: &mut Context,
        outcomes: &[&Outcome<AuthorizeRequest, Self::Answer>],
    ) -> Result<(), Failure> {
        let owners = self.owners(cx, outcomes).await?;
        let owns = |order: OrderId, hold: &Hold| owners.get(&hold.reference).is_none_or(|owner| *owner == order);
        let owns = &owns;
        let steps: Vec<Step> = outcomes
            .iter()
            .filter(|outcome| !matches!(outcome.attempt, Attempt::Unavailable(_) | Attempt::Deferred(_)))
            .map(|outcome| {
                Step::new(*outcome, outcome.request.order_id, move |payment| match &outcome.attempt {
                    Attempt::Answered(Ok(hold)) if owns(payment.order_id, hold) => payment.authorized(&hold.reference),
                    Attempt::Answered(Ok(_)) => payment.declined(used_up()),
                    Attempt::Answered(Err(decline)) => payment.declined(decline.clone()),
                    Attempt::Unknown(_) | Attempt::Unavailable(_) | Attempt::Deferred(_) => payment.unknown(),
                })
            })
            .collect();
        advance(cx, &steps).await.map(|_| ())
    }
}
