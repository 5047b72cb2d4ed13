//! Asks the provider to take the money that it holds.

use livemart_messaging::tasks::Call;
use livemart_messaging::{Attempt, Context, Effect, Failure, Outcome};

use super::{Counterpart, HeldPayment, answered_steps};
use crate::advance::advance;

pub struct Capture(pub Counterpart);

impl Effect for Capture {
    const KIND: &'static str = "payment.capture";
    type Request = HeldPayment;
    type Answer = ();

    async fn perform(&self, call: &Call<HeldPayment>) -> Attempt<()> {
        let held = &call.request;
        self.0.insist(self.0.provider.capture(&call.idempotency_key, &held.reference, held.amount)).await
    }

    async fn record(&self, cx: &mut Context, outcomes: &[&Outcome<HeldPayment, ()>]) -> Result<(), Failure> {
        let steps = answered_steps(outcomes, |payment, held| payment.captured(held.amount.amount));
        advance(cx, &steps).await.map(|_| ())
    }
}
