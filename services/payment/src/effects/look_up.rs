//! Asks the provider what it has booked, because a webhook said that there is something to see.
//!
//! What we asked for and have not heard the answer of is answered by it, as the call itself would have been: the same steps,
//! taken once. What nobody asked for changes nothing, and is only said; `livemart reconcile` tells what to do about it.

use livemart_contracts::{OrderId, PaymentId};
use livemart_messaging::tasks::Call;
use livemart_messaging::{Attempt, Context, Effect, Failure, Outcome};
use serde::{Deserialize, Serialize};

use super::Counterpart;
use crate::advance::{Step, advance};
use crate::domain::Transition;
use crate::providers::{Booked, as_booked_by};
use crate::store::payments;

pub struct LookUp(pub Counterpart);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LookUpRequest {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    /// The provider's name for the hold.
    pub reference: String,
}

impl Effect for LookUp {
    const KIND: &'static str = "payment.look-up";
    /// Webhooks are fewer than payments, and nobody waits for what they hint at.
    const AT_ONCE: usize = 16;
    type Request = LookUpRequest;
    type Answer = Option<Booked>;

    async fn perform(&self, call: &Call<LookUpRequest>) -> Attempt<Option<Booked>> {
        match self.0.within(self.0.provider.find(&call.request.reference)).await {
            Ok(booked) => Attempt::Answered(booked),
            Err(error) => Attempt::Unavailable(error.to_string()),
        }
    }

    async fn record(
        &self,
        cx: &mut Context,
        outcomes: &[&Outcome<LookUpRequest, Option<Booked>>],
    ) -> Result<(), Failure> {
        let provider = &*self.0.provider;
        let seen = outcomes.iter().filter_map(|outcome| match &outcome.attempt {
            Attempt::Answered(Some(booked)) => Some((*outcome, booked)),
            _ => None,
        });
        // Without holds, what is authorised looks as what is captured: only the calls themselves can tell.
        let answers = seen.clone().filter(|(outcome, booked)| {
            let is_ours = booked.order_reference.as_ref() == Some(&outcome.request.order_id.to_string());
            is_ours && !provider.takes_at_once()
        });
        let steps = answers.map(|(outcome, booked)| {
            Step::new(outcome, outcome.request.order_id, |payment| {
                let another = payment.reference.as_ref().is_some_and(|reference| *reference != booked.reference);
                if another { Ok(Transition::Unchanged) } else { payment.looked_up(&booked.reference, &booked.amounts) }
            })
        });
        advance(cx, &steps.collect::<Vec<_>>()).await?;
        let payments = payments::lock_in(cx.tx(), seen.clone().map(|(outcome, _)| outcome.request.order_id)).await?;
        for (outcome, booked) in seen {
            let Some(payment) = payments.get(&outcome.request.order_id) else { continue };
            let is_settled = payment.refunding == 0 && payment.reference.as_ref() == Some(&booked.reference);
            if is_settled && !as_booked_by(provider, payment.amounts()).agree(&booked.amounts) {
                tracing::warn!(
                    payment = %payment.payment_id,
                    ours = ?payment.amounts(),
                    theirs = ?booked.amounts,
                    "the provider has booked something else; `livemart reconcile` says what to do where it stays so"
                );
            }
        }
        Ok(())
    }
}
