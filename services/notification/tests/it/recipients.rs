//! `user.*` says where mail goes; after an erasure nothing brings that back.

use livemart_contracts::events::UserRegistered;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::{user_erased, user_registered};

struct Recipients;

impl Scenario for Recipients {
    type Event = UserRegistered;
    const DURABLE: &'static str = "notification-recipients";
    const EFFECTS: Effects = Effects { changes: &["recipients"], ..Effects::NONE };
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::IGNORED;

    fn event(saga: &Saga) -> UserRegistered {
        user_registered(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-recipients", &user_erased(saga)).await;
    }
}

livemart_testing::projection_contract!(crate::service, Recipients);
