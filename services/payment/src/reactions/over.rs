//! What every end of an order has in common: undo what was done, or see to it that it is never begun.

use livemart_contracts::{OrderId, UserId};
use livemart_messaging::{Cause, Context, Decision, Failure};

use crate::advance::{Step, advance};
use crate::domain::Payment;
use crate::store::payments;

/// An order that failed or was cancelled.
pub struct Ended {
    pub cause: Cause,
    pub order_id: OrderId,
    pub customer_id: UserId,
}

/// Undoes the payments of `ended`, and leaves a tombstone for an order that was not heard of.
pub async fn undo(cx: &mut Context, provider: &str, ended: &[Ended]) -> Result<Vec<Decision>, Failure> {
    let tombstone = |ended: &Ended| Payment::tombstone(cx.new_id(), ended.order_id, ended.customer_id);
    let tombstones: Vec<Payment> = ended.iter().map(tombstone).collect();
    // First the insert, then the look: whichever of an order's beginning and its end commits second finds the first.
    let mut buried = payments::insert_in(cx.tx(), &tombstones, provider, cx.now()).await?;
    let steps: Vec<Step> =
        ended.iter().map(|ended| Step::new(ended.cause, ended.order_id, Payment::order_over)).collect();
    let decisions = advance(cx, &steps).await?;
    let decide = |(ended, decision): (&Ended, Decision)| {
        if buried.remove(&ended.order_id) { Decision::Applied } else { decision }
    };
    Ok(ended.iter().zip(decisions).map(decide).collect())
}
