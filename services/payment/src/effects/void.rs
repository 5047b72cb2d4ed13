//! Asks the provider to release a hold.

use livemart_messaging::tasks::Call;
use livemart_messaging::{Attempt, Context, Effect, Failure, Outcome};

use super::{Counterpart, HeldPayment, answered_steps};
use crate::advance::advance;

pub struct Void(pub Counterpart);

impl Effect for Void {
    const KIND: &'static str = "payment.void";
    type Request = HeldPayment;
    type Answer = ();

    async fn perform(&self, call: &Call<HeldPayment>) -> Attempt<()> {
        let held = &call.request;
        self.0.insist(self.0.provider.void(&call.idempotency_key, &held.reference)).await
    }

    async fn record(&self, cx: &mut Context, outcomes: &[&Outcome<HeldPayment, ()>]) -> Result<(), Failure> {
        let steps = answered_steps(outcomes, |payment, _| payment.voided());
        advance(cx, &steps).await.map(|_| ())
    }
}
