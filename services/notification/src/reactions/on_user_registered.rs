//! Trigger: `user.registered`.
//! Effect: they are welcomed, once.
//! Emits: nothing; asks for the mail.
//! Undone by: `user.erased`.

use livemart_contracts::events::UserRegistered;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use super::about;
use crate::domain::{Details, Inbox, Kind, Notice};
use crate::notify::Notifier;

pub struct OnUserRegistered {
    pub notifier: Notifier,
}

impl Reaction for OnUserRegistered {
    type Event = UserRegistered;
    const DURABLE: &'static str = "notification-user-registered";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<UserRegistered>]) -> Result<Vec<Decision>, Failure> {
        let given = about(batch, |event| Notice {
            to: Inbox::Person(event.user_id),
            kind: Kind::Welcome,
            subject: event.user_id.to_string(),
            details: Details::default(),
        });
        self.notifier.tell(cx, &given).await
    }
}
