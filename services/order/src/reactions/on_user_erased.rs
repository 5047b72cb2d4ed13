//! Trigger: `user.erased`, a customer asked to be forgotten.
//! Effect: addresses go from their orders and from the answers to their requests, their cart goes. The orders stay: what
//! was bought and paid is the shop's, and their id names nobody any more.
//! Emits: nothing.
//! Undone by: nothing.

use livemart_contracts::UserId;
use livemart_contracts::events::UserErased;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use crate::store::customers;

pub struct OnUserErased;

impl Reaction for OnUserErased {
    type Event = UserErased;
    const DURABLE: &'static str = "order-user-erased";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<UserErased>]) -> Result<Vec<Decision>, Failure> {
        let erased: Vec<UserId> = batch.iter().map(|event| event.user_id).collect();
        let forgotten = customers::forget_in(cx.tx(), &erased).await?;
        let decision = |customer: &UserId| match forgotten.contains(customer) {
            true => Decision::Applied,
            false => Decision::ignored("nothing is known of this person"),
        };
        Ok(erased.iter().map(decision).collect())
    }
}
