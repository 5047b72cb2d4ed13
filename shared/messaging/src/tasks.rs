//! Calls to the outside: the effects ledger.
//!
//! A reaction never calls out. It records a task in its transaction; the [`worker`](crate::worker) performs it outside
//! any transaction and records the answer, with the events that follow from it, in a second one. The ledger is unique
//! by effect and subject: whatever is delivered twice or replayed, one charge is one row with one idempotency key.

use std::collections::HashMap;
use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use sea_orm::{DbErr, QueryResult, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backoff::Backoff;
use crate::context::{Context, to_json};
use crate::envelope::Cause;
use crate::lease::{self, Leases, Reserved, Task};
use crate::reaction::Failure;

/// One kind of call to the outside.
pub trait Effect: Send + Sync + 'static {
    /// `payment.authorize`: part of the idempotency key, never renamed.
    const KIND: &'static str;
    /// Calls in the air at once, of one replica: enough to hide a provider's latency at thousands of orders a second.
    const AT_ONCE: usize = 256;
    /// Between attempts at one task. The last step repeats until the outside answers: a refund is owed until it is made.
    const RETRY: Backoff = Backoff { first: Duration::from_millis(250), longest: Duration::from_secs(30) };
    type Request: Serialize + DeserializeOwned + Send + Sync + 'static;
    type Answer: Send + Sync + 'static;

    /// Calls out. May run again after a crash or a time-out, always with the same `call.idempotency_key`.
    fn perform(&self, call: &Call<Self::Request>) -> impl Future<Output = Attempt<Self::Answer>> + Send;

    /// Records what came of calls that were made, in one transaction.
    fn record(
        &self,
        cx: &mut Context,
        outcomes: &[&Outcome<Self::Request, Self::Answer>],
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// One attempt to perform a task.
#[derive(Debug, Clone)]
pub struct Call<R> {
    pub idempotency_key: String,
    /// From 1. Above 1 the outside may know of the call already.
    pub attempt: u32,
    pub request: R,
    pub(crate) wanted_pause: OnceLock<Duration>,
}

impl<R> Call<R> {
    /// The outside wants to be left alone for so long: the next attempt comes no earlier. What is said first counts.
    pub fn pause_at_least(&self, pause: Duration) {
        self.wanted_pause.get_or_init(|| pause);
    }
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt<A> {
    /// The outside decided, in favour or not. The task is done.
    Answered(A),
    /// The outside may or may not have done it: only asking again, with the same key, decides.
    Unknown(String),
    /// The outside did not take the call: tried again later.
    Unavailable(String),
    /// The call was not made, because the outside has enough of ours to do. It is made after so long, and this was no attempt.
    Deferred(Duration),
}

impl<A> Attempt<A> {
    /// As the metrics write it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Answered(_) => "answered",
            Self::Unknown(_) => "unknown",
            Self::Unavailable(_) => "unavailable",
            Self::Deferred(_) => "deferred",
        }
    }
}

/// A call with what came of it.
#[derive(Debug)]
pub struct Outcome<R, A> {
    pub cause: Cause,
    pub request: R,
    pub attempt: Attempt<A>,
}

impl<R, A> From<&Outcome<R, A>> for Cause {
    fn from(outcome: &Outcome<R, A>) -> Self {
        outcome.cause
    }
}

/// A task as a step asks for it.
pub(crate) struct NewTask {
    kind: &'static str,
    subject: String,
    request: String,
    cause: Cause,
}

impl NewTask {
    pub(crate) fn new<E: Effect>(cause: Cause, subject: String, request: &E::Request) -> Self {
        Self { kind: E::KIND, subject, request: to_json(request), cause }
    }

    /// As its worker has it, for the first attempt.
    fn leased(self, id: i64, idempotency_key: String) -> Task {
        Task {
            id,
            idempotency_key,
            request: self.request,
            traceparent: self.cause.trace.to_string(),
            cause_event_id: self.cause.event.map(|event| event.uuid()),
            attempts: 1,
        }
    }
}

/// Tasks on their way to the workers that have a place for them, once they are committed.
#[derive(Default)]
pub(crate) struct Born {
    leased: Vec<(Reserved, Task)>,
    /// Whether there are tasks that nobody has.
    pub(crate) free: bool,
}

impl Born {
    pub(crate) fn hand_over(self) {
        for (place, task) in self.leased {
            place.hand_over(task);
        }
    }
}

/// Records tasks, of [`Asked::values`]; one that is there already stays as it is. `$5` is the time.
pub(crate) const INSERT: &str = "
    INSERT INTO tasks (kind, subject, idempotency_key, request, traceparent, cause_event_id, status, attempts, due_at,
                       created_at)
    SELECT kind, subject, kind || ':' || subject, request::json, traceparent, nullif(cause, '')::uuid,
           'waiting', leased::int, now() + leased::int * make_interval(secs => $17), $5
    FROM unnest($11, $12, $13, $14, $15, $16) AS asked (kind, subject, request, traceparent, cause, leased)
    ON CONFLICT (kind, subject) DO NOTHING
    RETURNING id, idempotency_key";

/// Tasks on their way into the ledger, each with the place that was reserved for it.
pub(crate) struct Asked(Vec<(NewTask, Option<Reserved>)>);

impl Asked {
    pub(crate) fn new(tasks: Vec<NewTask>, leases: &Leases) -> Self {
        let with_place = |task: NewTask| {
            let place = leases.reserve(task.kind);
            (task, place)
        };
        Self(tasks.into_iter().map(with_place).collect())
    }

    /// `$11` to `$17` of [`INSERT`].
    pub(crate) fn values(&self) -> [Value; 7] {
        let column =
            |of: fn(&NewTask) -> String| self.0.iter().map(|(task, _)| of(task)).collect::<Vec<String>>().into();
        [
            column(|task| task.kind.to_owned()),
            column(|task| task.subject.clone()),
            column(|task| task.request.clone()),
            column(|task| task.cause.trace.to_string()),
            column(|task| task.cause.event.map(|event| event.uuid().to_string()).unwrap_or_default()),
            self.0.iter().map(|(_, place)| place.is_some()).collect::<Vec<bool>>().into(),
            lease::SECONDS.into(),
        ]
    }

    /// What [`INSERT`] answered.
    pub(crate) fn born(self, rows: &[QueryResult]) -> Result<Born, DbErr> {
        let mut ids: HashMap<String, i64> = HashMap::with_capacity(rows.len());
        for row in rows {
            ids.insert(row.try_get_by_index(1)?, row.try_get_by_index(0)?);
        }
        let mut born = Born::default();
        for (task, place) in self.0 {
            let idempotency_key = format!("{}:{}", task.kind, task.subject);
            // One that was there already is somebody's affair.
            let Some(id) = ids.remove(&idempotency_key) else { continue };
            match place {
                Some(place) => born.leased.push((place, task.leased(id, idempotency_key))),
                None => born.free = true,
            }
        }
        Ok(born)
    }
}
