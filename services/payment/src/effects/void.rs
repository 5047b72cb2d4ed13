//! Asks the provider to release a hold.

use std::sync::Arc;

use livemart_messaging::tasks::Call;
use livemart_messaging::{Attempt, Context, Effect, Failure, Outcome};

use super::{HeldPayment, answered_steps, insist};
use crate::advance::advance;
use crate::providers::PaymentProvider;

pub struct Void {
    provider: Arc<dyn PaymentProvider>,
}

impl Void {
    pub fn new(provider: &Arc<dyn PaymentProvider>) -> Self {
        Self { provider: Arc::clone(provider) }
    }
}

impl Effect for Void {
    const KIND: &'static str = "payment.void";
    type Request = HeldPayment;
    type Answer = ();

    async fn perform(&self, call: &Call<HeldPayment>) -> Attempt<()> {
        let held = &call.request;
        insist(self.provider.void(&call.idempotency_key, &held.reference)).await
    }

    async fn record(&self, cx: &mut Context, outcomes: &[&Outcome<HeldPayment, ()>]) -> Result<(), Failure> {
        let steps = answered_steps(outcomes, |payment, _| payment.voided());
        advance(cx, &steps).await.map(|_| ())
    }
}
