//! Asks the provider to hold the money.
//!
//! A provider that does not answer may hold it all the same: the payment is then unknown, and only the provider decides,
//! by looking up the idempotency key or by answering the same request again.

use std::sync::Arc;

use livemart_contracts::{Money, OrderId, PaymentId};
use livemart_messaging::tasks::Call;
use livemart_messaging::{Attempt, Context, Effect, Failure, Outcome};
use serde::{Deserialize, Serialize};

use super::{PROVIDER_LIMIT, silent};
use crate::advance::{Step, advance};
use crate::domain::Decline;
use crate::providers::{Hold, NewHold, PaymentProvider, ProviderError};

pub struct Authorize {
    provider: Arc<dyn PaymentProvider>,
}

impl Authorize {
    pub fn new(provider: &Arc<dyn PaymentProvider>) -> Self {
        Self { provider: Arc::clone(provider) }
    }

    /// Asks what became of an earlier attempt before making another one.
    async fn ask(&self, call: &Call<AuthorizeRequest>) -> Result<Hold, ProviderError> {
        let key = &call.idempotency_key;
        if call.attempt > 1
            && let Some(hold) = self.provider.look_up(key).await?
        {
            return Ok(hold);
        }
        let request = NewHold {
            order_reference: call.request.order_id.to_string(),
            amount: call.request.amount,
            method: call.request.method.clone(),
        };
        self.provider.authorize(key, &request).await
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
        match tokio::time::timeout(PROVIDER_LIMIT, self.ask(call)).await {
            Ok(Ok(hold)) => Attempt::Answered(Ok(hold)),
            Ok(Err(ProviderError::Declined(decline))) => Attempt::Answered(Err(decline)),
            Ok(Err(error @ (ProviderError::Unavailable(_) | ProviderError::Refused(_)))) => {
                Attempt::Unavailable(error.to_string())
            }
            Err(_) => silent(),
        }
    }

    async fn record(
        &self,
        cx: &mut Context,
        outcomes: &[&Outcome<AuthorizeRequest, Self::Answer>],
    ) -> Result<(), Failure> {
        let steps: Vec<Step> = outcomes
            .iter()
            .filter(|outcome| !matches!(outcome.attempt, Attempt::Unavailable(_)))
            .map(|outcome| {
                Step::new(*outcome, outcome.request.order_id, |payment| match &outcome.attempt {
                    Attempt::Answered(Ok(hold)) => payment.authorized(&hold.reference),
                    Attempt::Answered(Err(decline)) => payment.declined(decline.clone()),
                    Attempt::Unknown(_) | Attempt::Unavailable(_) => payment.unknown(),
                })
            })
            .collect();
        advance(cx, &steps).await.map(|_| ())
    }
}
