//! `user.registered` is welcomed once; not when they have left.

use livemart_contracts::events::UserRegistered;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::{TOLD, user_erased, user_registered};

struct OnUserRegistered;

impl Scenario for OnUserRegistered {
    type Event = UserRegistered;
    const DURABLE: &'static str = "notification-user-registered";
    const EFFECTS: Effects = TOLD;
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::IGNORED;

    fn event(saga: &Saga) -> UserRegistered {
        user_registered(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-user-erased", &user_erased(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnUserRegistered);
