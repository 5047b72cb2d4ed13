//! The ten cases.

use std::time::Duration;

use livemart_contracts::{Event, EventId, Stream};
use livemart_messaging::backoff::Backoff;
use livemart_messaging::consumer::Limits;
use livemart_messaging::consumer::redrive::Outcome;
use livemart_messaging::dead_letter::{ATTEMPTS, BODY, IN_ITS_STREAM, LAST_ERROR, REASON, Reason, SUBJECT};
use livemart_runtime::Service;
use tokio::sync::{Mutex, OnceCell};

use super::bench::{Bench, body, header};
use super::{Early, Effects, Saga, Scenario};
use crate::runtime::run;

/// Long enough to be seen, short enough to wait for.
const RETRY: Backoff = Backoff { first: Duration::from_millis(20), longest: Duration::from_millis(100) };
const FEW: i64 = 2;
const PATIENT: Limits = Limits { attempts: 1_000, retry: RETRY };
const IMPATIENT: Limits = Limits { attempts: FEW, retry: RETRY };

#[derive(Debug, Clone, Copy)]
pub enum Case {
    AppliedOnce,
    DeliveredTwice,
    CrashBeforeAck,
    FailureBeforeCommit,
    TwoReplicas,
    BeforeItsCause,
    AfterTheEnd,
    Malformed,
    RetriesUsedUp,
    Redriven,
    /// For projections alone.
    Replayed,
}

/// The bench that the cases of one scenario take in turn: servers of their own for each case would take most of the time.
pub struct Shared(OnceCell<Mutex<Bench>>);

impl Shared {
    #[expect(clippy::new_without_default, reason = "for statics, which need a const function")]
    pub const fn new() -> Self {
        Self(OnceCell::const_new())
    }

    /// Tries `case` of the scenario `S` of `service`.
    pub fn tries<S: Scenario>(&self, service: fn() -> Service, case: Case) {
        run(async {
            let start = async || Mutex::new(Bench::start(&service(), S::DURABLE).await);
            let bench = self.0.get_or_init(start).await.lock().await;
            bench.clear().await;
            // The name of the test says which reaction and which case; with what is caught in between, so does this.
            eprintln!("{case:?} of {}", S::DURABLE);
            let run = Run::<S>::begin(&bench).await;
            match case {
                Case::AppliedOnce => run.applied_once().await,
                Case::DeliveredTwice => run.delivered_twice().await,
                Case::CrashBeforeAck => run.crash_before_ack().await,
                Case::FailureBeforeCommit => run.failure_before_commit().await,
                Case::TwoReplicas => run.two_replicas().await,
                Case::BeforeItsCause => run.before_its_cause().await,
                Case::AfterTheEnd => run.after_the_end().await,
                Case::Malformed => run.malformed().await,
                Case::RetriesUsedUp => run.retries_used_up().await,
                Case::Redriven => run.redriven().await,
                Case::Replayed => run.replayed().await,
            }
        });
    }
}

/// One case under way.
struct Run<'a, S> {
    bench: &'a Bench,
    saga: Saga,
    event: EventId,
    payload: Vec<u8>,
    scenario: std::marker::PhantomData<S>,
}

impl<'a, S: Scenario> Run<'a, S> {
    async fn begin(bench: &'a Bench) -> Self {
        for effects in [S::EFFECTS, S::LATE.effects] {
            bench.is_within_its_tables(effects, S::DERIVED);
        }
        let saga = bench.saga();
        S::setting(bench, &saga).await;
        let payload = body(&S::event(&saga));
        Self { bench, event: bench.clock.new_id(), payload, saga, scenario: std::marker::PhantomData }
    }

    async fn cause(&self) {
        S::cause(self.bench, &self.saga).await;
    }

    async fn publish(&self) {
        self.bench.publish(S::Event::SUBJECT, self.event, self.payload.clone()).await;
    }

    /// Publishes the event, and lets one replica settle it.
    async fn deliver(&self) {
        self.publish().await;
        let replica = self.bench.replica(PATIENT);
        self.bench.settled().await;
        replica.stop().await;
    }

    async fn applied_once(self) {
        self.cause().await;
        let before = self.bench.books().await;
        self.deliver().await;
        let after = self.bench.books().await;
        assert_eq!(after.decision(self.event), Some("applied"));
        before.difference(&after).is(S::EFFECTS, self.event);
    }

    async fn delivered_twice(self) {
        self.cause().await;
        let before = self.bench.books().await;
        self.deliver().await;
        let once = self.bench.books().await;
        before.difference(&once).is(S::EFFECTS, self.event);
        self.deliver().await;
        assert_eq!(self.bench.books().await, once, "the second delivery left something");
    }

    /// The replica commits while nobody hears it any more, and dies.
    async fn crash_before_ack(self) {
        self.cause().await;
        let before = self.bench.books().await;
        let (dying, link) = self.bench.replica_on_a_link().await;
        let (seen, held) = (self.bench.deliveries().await, self.bench.hold().await);
        self.publish().await;
        self.bench.held_up(1, async || {}).await;
        link.cut().await;
        self.bench.release(held).await;
        self.bench.decided(self.event).await;
        dying.dies().await;
        let once = self.bench.books().await;
        before.difference(&once).is(S::EFFECTS, self.event);

        let replica = self.bench.replica(PATIENT);
        self.bench.delivered(seen + 2).await;
        self.bench.settled().await;
        replica.stop().await;
        assert_eq!(self.bench.books().await, once, "the delivery after the crash left something");
    }

    async fn failure_before_commit(self) {
        self.cause().await;
        let before = self.bench.books().await;
        self.bench.fail().await;
        self.publish().await;
        let replica = self.bench.replica(PATIENT);
        self.bench.failed().await;
        assert_eq!(self.bench.books().await, before, "a step that failed left something");
        self.bench.mend().await;
        self.bench.settled().await;
        replica.stop().await;
        before.difference(&self.bench.books().await).is(S::EFFECTS, self.event);
    }

    /// Both have the event in hand before either can commit.
    async fn two_replicas(self) {
        self.cause().await;
        let before = self.bench.books().await;
        let replicas = [self.bench.replica(PATIENT), self.bench.replica(PATIENT)];
        let held = self.bench.hold().await;
        // The broker gives copies of it to both, once both have asked.
        self.bench.held_up(2, async || self.publish().await).await;
        self.bench.release(held).await;
        self.bench.settled().await;
        for replica in replicas {
            replica.stop().await;
        }
        let after = self.bench.books().await;
        assert_eq!(after.decision(self.event), Some("applied"));
        before.difference(&after).is(S::EFFECTS, self.event);
    }

    async fn before_its_cause(self) {
        let before = self.bench.books().await;
        match S::EARLY {
            Early::Waits => {
                let seen = self.bench.deliveries().await;
                self.publish().await;
                let replica = self.bench.replica(PATIENT);
                // A second delivery says that the first was given back.
                self.bench.delivered(seen + 2).await;
                assert_eq!(self.bench.books().await, before, "an event that has to wait left something");
                self.cause().await;
                self.bench.settled().await;
                replica.stop().await;
                assert_eq!(self.bench.books().await.decision(self.event), Some("applied"));
            }
            Early::Remembered(effects) => {
                self.deliver().await;
                let remembered = self.bench.books().await;
                assert_eq!(remembered.decision(self.event), Some("applied"));
                before.difference(&remembered).is(effects, self.event);
                self.cause().await;
                remembered.difference(&self.bench.books().await).announces_nothing_and_asks_for_nothing();
            }
            Early::Begins => {
                self.deliver().await;
                let after = self.bench.books().await;
                assert_eq!(after.decision(self.event), Some("applied"));
                before.difference(&after).is(S::EFFECTS, self.event);
            }
        }
    }

    async fn after_the_end(self) {
        self.cause().await;
        S::end(self.bench, &self.saga).await;
        let before = self.bench.books().await;
        self.deliver().await;
        let after = self.bench.books().await;
        assert_eq!(after.decision(self.event), Some(S::LATE.decision));
        before.difference(&after).is(S::LATE.effects, self.event);
    }

    async fn malformed(self) {
        let before = self.bench.books().await;
        let payload = br#"{"not":"what was agreed"}"#;
        self.bench.publish(S::Event::SUBJECT, self.event, payload.to_vec()).await;
        let replica = self.bench.replica(PATIENT);
        let letter = self.bench.dead_letter(self.event).await;
        self.bench.settled().await;
        replica.stop().await;
        assert_eq!(header(&letter, REASON), Some(Reason::Malformed.as_str()));
        let is_erasable = Stream::of_subject(S::Event::SUBJECT).is_some_and(Stream::is_erasable);
        let (copied, place): (&[u8], _) = if is_erasable { (b"", Some(IN_ITS_STREAM)) } else { (payload, None) };
        assert_eq!((letter.payload.as_ref(), header(&letter, BODY)), (copied, place));
        before.difference(&self.bench.books().await).is(Effects::NONE, self.event);
        assert_eq!(self.bench.books().await, before, "what cannot be read left something");
    }

    async fn retries_used_up(self) {
        self.cause().await;
        let before = self.bench.books().await;
        self.bench.fail().await;
        self.publish().await;
        let replica = self.bench.replica(IMPATIENT);
        let letter = self.bench.dead_letter(self.event).await;
        self.bench.settled().await;
        replica.stop().await;
        assert_eq!(header(&letter, REASON), Some(Reason::Exhausted.as_str()));
        assert_eq!(header(&letter, SUBJECT), Some(S::Event::SUBJECT));
        assert_eq!(header(&letter, ATTEMPTS), Some(FEW.to_string().as_str()));
        assert!(header(&letter, LAST_ERROR).is_some_and(|error| error.contains("this commit fails")), "{letter:?}");
        assert_eq!(self.bench.books().await, before, "attempts that failed left something");
    }

    async fn redriven(self) {
        self.cause().await;
        let before = self.bench.books().await;
        self.bench.fail().await;
        self.publish().await;
        let replica = self.bench.replica(IMPATIENT);
        let letter = self.bench.dead_letter(self.event).await;
        self.bench.mend().await;
        assert_eq!(self.bench.redrive(&letter).await.outcome, Outcome::Applied);
        let once = self.bench.books().await;
        before.difference(&once).is(S::EFFECTS, self.event);
        assert_eq!(self.bench.redrive(&letter).await.outcome, Outcome::Duplicate);
        replica.stop().await;
        assert_eq!(self.bench.books().await, once, "the second time left something");
    }

    /// Made anew from its stream the projection is as it was, also when its rows were lost; nothing else changes.
    async fn replayed(self) {
        self.bench.forget().await;
        self.deliver().await;
        let before = self.bench.books().await;
        let report = self.bench.replay().await;
        assert!(report.equal, "the events do not explain the rows: {:?}", report.tables);
        assert_eq!(self.bench.books().await, before, "a replay that found nothing left something");
        self.bench.lose_rows().await;
        assert!(
            self.bench.replay().await.swapped,
            "no row was lost: an event that leaves no row is none for this case"
        );
        // What triggers derive may count how often rows were written.
        let (after, before) = (self.bench.books().await.without(S::DERIVED), before.without(S::DERIVED));
        assert_eq!(after, before, "what was lost is not as it was");
    }
}
