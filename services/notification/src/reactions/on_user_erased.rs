//! Trigger: `user.erased`.
//! Effect: their inbox is emptied, with the record of their mails, and nothing is ever put into it again. Their address
//! and name go with the projection `recipients`; what is still to be sent finds nothing to send.
//! Emits: nothing.
//! Undone by: nothing.

use std::collections::BTreeSet;

use livemart_contracts::events::UserErased;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use crate::domain::Inbox;
use crate::store::inboxes;

pub struct OnUserErased;

impl Reaction for OnUserErased {
    type Event = UserErased;
    const DURABLE: &'static str = "notification-user-erased";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<UserErased>]) -> Result<Vec<Decision>, Failure> {
        let wanted: BTreeSet<Inbox> = batch.iter().map(|event| Inbox::Person(event.user_id)).collect();
        let states = inboxes::lock_in(cx.tx(), &wanted).await?;
        let mut open: BTreeSet<Inbox> =
            states.into_iter().filter(|(_, state)| !state.erased).map(|(inbox, _)| inbox).collect();
        inboxes::erase_in(cx.tx(), &open).await?;
        let mut decide = |event: &Delivered<UserErased>| match open.remove(&Inbox::Person(event.user_id)) {
            true => Decision::Applied,
            false => Decision::Duplicate,
        };
        Ok(batch.iter().map(&mut decide).collect())
    }
}
