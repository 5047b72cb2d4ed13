//! The contract of reactions: what each of them keeps, whatever happens on the way.
//!
//! A [`Scenario`] says what one event does to a service; the ten cases of [`Case`] try it with the service's own
//! subscription, the real consumer loop, a broker and a database. Each case is a test of its own:
//!
//! ```text
//! struct OnStockReserved;
//! impl Scenario for OnStockReserved { … }
//! livemart_testing::reaction_contract!(crate::service, OnStockReserved);
//! ```
//!
//! A projection has an eleventh case: `projection_contract!` makes its tests.
//!
//! [`complete`] fails where a reaction or projection of the service has no scenario.

mod bench;
mod books;
mod case;
mod link;
mod recording;
mod saga;

use std::fmt;

use livemart_contracts::Event;
use livemart_messaging::consumer::Kind;
use livemart_runtime::Service;

pub use bench::Bench;
pub use case::{Case, Shared};
pub use saga::Saga;

/// What one event does to one service. Its tables are empty at first, but for what earlier cases left of other orders.
#[expect(async_fn_in_trait, reason = "only tests on one thread call these")]
pub trait Scenario {
    type Event: Event;
    const DURABLE: &'static str;
    /// What the event does, once its cause is there.
    const EFFECTS: Effects;
    /// Of what it changes, what the database's own triggers derive from its tables.
    const DERIVED: &'static [&'static str] = &[];
    const EARLY: Early;
    const LATE: Late;

    /// What is there in any case, such as stock.
    async fn setting(_bench: &Bench, _saga: &Saga) {}

    /// What the event follows from, as far as this service has heard of it.
    async fn cause(_bench: &Bench, _saga: &Saga) {}

    fn event(saga: &Saga) -> Self::Event;

    /// Ends the saga in this service before the event arrives.
    async fn end(bench: &Bench, saga: &Saga);
}

/// What is different afterwards.
#[derive(Debug, Clone, Copy)]
pub struct Effects {
    /// Subjects, in their order.
    pub emits: &'static [&'static str],
    /// Kinds of effects, in their order.
    pub asks: &'static [&'static str],
    /// Names of the service's tables, in alphabetical order.
    pub changes: &'static [&'static str],
}

impl Effects {
    pub const NONE: Self = Self { emits: &[], asks: &[], changes: &[] };
}

/// What becomes of the event before its cause.
#[derive(Debug, Clone, Copy)]
pub enum Early {
    /// It waits, and is applied when the cause is there.
    Waits,
    /// It is applied and remembered, so that the cause announces nothing and asks for nothing when it comes.
    Remembered(Effects),
    /// It is applied as ever: in this service it follows from nothing.
    Begins,
}

/// What becomes of the event after the end of the saga.
#[derive(Debug, Clone, Copy)]
pub struct Late {
    /// As the inbox writes it.
    pub decision: &'static str,
    pub effects: Effects,
}

impl Late {
    pub const IGNORED: Self = Self { decision: "ignored", effects: Effects::NONE };
    pub const DUPLICATE: Self = Self { decision: "duplicate", effects: Effects::NONE };

    /// For what is worth something however late.
    pub const fn applied(effects: Effects) -> Self {
        Self { decision: "applied", effects }
    }
}

/// Fails where `service` has a reaction or projection that is not among `tried`, or the other way round.
pub fn complete(service: &Service, tried: &[&str]) {
    let mut declared: Vec<&str> = service.subscriptions().iter().map(|subscription| subscription.durable).collect();
    let mut tried = tried.to_vec();
    declared.sort_unstable();
    tried.sort_unstable();
    assert_eq!(tried, declared, "of {}: left, the scenarios; right, its reactions and projections", service.name());
    for projection in service.subscriptions().iter().filter(|subscription| subscription.kind == Kind::Projection) {
        assert!(!projection.tables.is_empty(), "{} names no table that it writes", projection.durable);
    }
}

impl fmt::Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "emits {:?}, asks {:?}, changes {:?}", self.emits, self.asks, self.changes)
    }
}

/// Makes the tests of one [`Scenario`]: `reaction_contract!(crate::service, OnStockReserved)`.
#[macro_export]
macro_rules! reaction_contract {
    ($service:path, $scenario:ident) => {
        pub mod contract {
            use super::$scenario;
            use $crate::contract::{Case, Scenario, Shared};

            /// For the list in which no reaction may be missing.
            pub const DURABLE: &str = <$scenario as Scenario>::DURABLE;

            static BENCH: Shared = Shared::new();

            #[test]
            fn it_is_applied_once() {
                BENCH.tries::<$scenario>($service, Case::AppliedOnce);
            }

            #[test]
            fn delivered_twice_it_is_applied_once() {
                BENCH.tries::<$scenario>($service, Case::DeliveredTwice);
            }

            #[test]
            fn a_crash_after_the_commit_and_before_the_acknowledgement_repeats_nothing() {
                BENCH.tries::<$scenario>($service, Case::CrashBeforeAck);
            }

            #[test]
            fn a_failure_before_the_commit_leaves_nothing() {
                BENCH.tries::<$scenario>($service, Case::FailureBeforeCommit);
            }

            #[test]
            fn two_replicas_apply_it_once() {
                BENCH.tries::<$scenario>($service, Case::TwoReplicas);
            }

            #[test]
            fn before_its_cause_it_does_no_harm() {
                BENCH.tries::<$scenario>($service, Case::BeforeItsCause);
            }

            #[test]
            fn after_the_saga_ended_it_is_decided_with_a_reason() {
                BENCH.tries::<$scenario>($service, Case::AfterTheEnd);
            }

            #[test]
            fn malformed_it_goes_to_the_dead_letters() {
                BENCH.tries::<$scenario>($service, Case::Malformed);
            }

            #[test]
            fn with_its_retries_used_up_it_goes_to_the_dead_letters() {
                BENCH.tries::<$scenario>($service, Case::RetriesUsedUp);
            }

            #[test]
            fn redriven_it_is_applied_once() {
                BENCH.tries::<$scenario>($service, Case::Redriven);
            }
        }
    };
}

/// As [`reaction_contract!`], for a projection: it can also be made anew from its events.
#[macro_export]
macro_rules! projection_contract {
    ($service:path, $scenario:ident) => {
        $crate::reaction_contract!($service, $scenario);

        #[test]
        fn made_anew_from_its_events_it_is_as_it_was() {
            // A bench of its own, where the tables hold nothing but what the stream tells.
            static BENCH: $crate::contract::Shared = $crate::contract::Shared::new();
            BENCH.tries::<$scenario>($service, $crate::contract::Case::Replayed);
        }
    };
}
