//! Asks the provider to give money back.

use livemart_contracts::ids::RefundId;
use livemart_messaging::tasks::Call;
use livemart_messaging::{Attempt, Context, Effect, Failure, Outcome};

use super::{Counterpart, HeldPayment, answered_steps};
use crate::advance::advance;
use crate::store::refunds;

pub struct Refund(pub Counterpart);

impl Effect for Refund {
    const KIND: &'static str = "payment.refund";
    type Request = HeldPayment;
    type Answer = ();

    async fn perform(&self, call: &Call<HeldPayment>) -> Attempt<()> {
        let held = &call.request;
        self.0.insist(self.0.provider.refund(&call.idempotency_key, &held.reference, held.amount)).await
    }

    async fn record(&self, cx: &mut Context, outcomes: &[&Outcome<HeldPayment, ()>]) -> Result<(), Failure> {
        let steps = answered_steps(outcomes, |payment, held| payment.refunded(held.amount.amount));
        advance(cx, &steps).await?;
        let answered = outcomes.iter().filter(|outcome| matches!(outcome.attempt, Attempt::Answered(())));
        let asked = answered.filter_map(|outcome| outcome.request.refund.as_ref());
        let asked: Vec<RefundId> = asked.map(|refund| refund.refund_id).collect();
        refunds::succeeded_in(cx.tx(), &asked, cx.now()).await?;
        Ok(())
    }
}
