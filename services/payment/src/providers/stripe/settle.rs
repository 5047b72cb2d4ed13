//! Calls about a hold, seen to be done: by their answer or, where that says nothing, by Stripe's books.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::api::{self, Fault, Form};
use super::intent::Intent;
use super::{KEY, List, PAGE, Stripe};
use crate::providers::ProviderError;
use crate::providers::http::parsed;

#[derive(Deserialize)]
struct Refund {
    status: Option<String>,
    #[serde(default)]
    metadata: HashMap<String, String>,
}

impl Refund {
    fn is_given(&self) -> Result<(), ProviderError> {
        match self.status.as_deref() {
            Some("failed" | "canceled") => {
                Err(ProviderError::Refused("the customer's bank did not take the money back".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// What is to be there after a call.
pub(super) enum Wanted<'a> {
    Taken { reference: &'a str, amount: i64 },
    Released { reference: &'a str },
    GivenBack { reference: &'a str, key: &'a str },
}

impl Wanted<'_> {
    fn in_answer(&self, answer: Value) -> Result<(), ProviderError> {
        if let Self::GivenBack { .. } = self {
            return parsed::<Refund>(answer)?.is_given();
        }
        let intent: Intent = parsed(answer)?;
        if self.is_in(&intent) {
            return Ok(());
        }
        Err(ProviderError::Unknown(format!("it is accepted, and {} is {}", intent.id, intent.status)))
    }

    fn is_in(&self, intent: &Intent) -> bool {
        match self {
            Self::Taken { amount, .. } => intent.status == "succeeded" && intent.amount_received == *amount,
            Self::Released { .. } => intent.status == "canceled",
            Self::GivenBack { .. } => false,
        }
    }
}

impl Stripe {
    /// Makes a call, and sees to it that its effect is there: in the answer or, without one, in Stripe's books.
    pub(super) async fn settle(
        &self,
        path: &str,
        key: &str,
        form: &Form,
        wanted: Wanted<'_>,
    ) -> Result<(), ProviderError> {
        let fault = match api::post(&self.transport, path, key, form).await {
            Ok(answer) => return wanted.in_answer(answer),
            Err(fault) => fault,
        };
        if !fault.says_nothing() {
            return Err(fault.into_error());
        }
        if self.has(&wanted).await? {
            return Ok(());
        }
        // Not done, and this key will be answered like this for a day.
        let Some(spoiled_by) = fault.spoiled_by() else { return Err(fault.into_error()) };
        let key = format!("{key}:{spoiled_by}");
        wanted.in_answer(api::post(&self.transport, path, &key, form).await.map_err(Fault::into_error)?)
    }

    async fn has(&self, wanted: &Wanted<'_>) -> Result<bool, ProviderError> {
        match wanted {
            Wanted::Taken { reference, .. } | Wanted::Released { reference } => {
                Ok(self.intent(reference).await?.is_some_and(|intent| wanted.is_in(&intent)))
            }
            Wanted::GivenBack { reference, key } => {
                self.refund_under(key, reference).await?.map_or(Ok(false), |refund| refund.is_given().map(|()| true))
            }
        }
    }

    async fn refund_under(&self, key: &str, reference: &str) -> Result<Option<Refund>, ProviderError> {
        let query = [("payment_intent", reference.to_owned()), ("limit", PAGE.to_string())];
        let listed = api::get(&self.transport, "/v1/refunds", &query).await.map_err(Fault::into_error)?;
        let refunds: List<Refund> = parsed(listed)?;
        let is_ours = |refund: &Refund| refund.metadata.get(KEY).is_some_and(|known| known == key);
        Ok(refunds.data.into_iter().find(is_ours))
    }
}
