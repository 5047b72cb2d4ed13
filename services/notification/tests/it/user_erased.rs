//! `user.erased` empties the inbox for good; one that comes first sees to it that nothing is put into it.

use livemart_contracts::events::UserErased;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::{user_erased, user_registered};

struct OnUserErased;

impl Scenario for OnUserErased {
    type Event = UserErased;
    const DURABLE: &'static str = "notification-user-erased";
    const EFFECTS: Effects = Effects { changes: &["inboxes", "mails", "notifications"], ..Effects::NONE };
    const EARLY: Early = Early::Remembered(Effects { changes: &["inboxes"], ..Effects::NONE });
    const LATE: Late = Late::DUPLICATE;

    async fn cause(bench: &Bench, saga: &Saga) {
        bench.hears("notification-user-registered", &user_registered(saga)).await;
    }

    fn event(saga: &Saga) -> UserErased {
        user_erased(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-user-erased", &user_erased(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnUserErased);
