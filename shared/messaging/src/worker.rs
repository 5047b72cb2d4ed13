//! Performs the tasks of the effects ledger: takes them, calls outside any transaction, records.
//!
//! Tasks come leased from the steps of this replica ([`lease`]); those that nobody has are claimed: asked
//! for where no worker had room, postponed after a failure, or left by a worker that died. Of two workers that both
//! performed a task, the first to record wins.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::future::{Fuse, FusedFuture};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use livemart_contracts::{EventId, Trace};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use tokio::sync::Semaphore;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::envelope::Cause;
use crate::lease::{self, Place, Task};
use crate::reaction::Failure;
use crate::span::{self, Span, Started};
use crate::store::{Store, sql};
use crate::tasks::{Attempt, Call, Effect, Outcome};
use crate::{crash, metrics, wake};

/// A call that is silent for this long is taken as unknown, whatever its client's own limit.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// A task whose call has ended.
struct Performed<E: Effect> {
    id: i64,
    attempts: i32,
    /// What the outside wants before the next attempt.
    wanted_pause: Duration,
    outcome: Outcome<E::Request, E::Answer>,
    /// Kept until the answer is recorded, so that there are never more of them than places.
    _place: Place,
}

/// Runs the tasks of one kind until `stop`; calls in the air are then finished and recorded.
pub async fn run<E: Effect>(effect: E, store: Store, stop: CancellationToken) {
    let batch = store.batch(E::AT_ONCE);
    let leases = store.wakes().leases();
    // Its places bound all that is collected below.
    let mut desk = leases.open(E::KIND, E::AT_ONCE);
    let mut wakes = store.wakes().tasks();
    let mut polls = tokio::time::interval(wake::POLL);
    polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut calls = FuturesUnordered::new();
    let mut answered: Vec<Performed<E>> = Vec::new();
    // Calls go on while answers are recorded; those that arrive meanwhile share the next commit.
    let mut recording = pin!(Fuse::terminated());
    let (mut open, mut look) = (true, true);
    loop {
        if look && open {
            let claimed;
            (claimed, look) = claim_within::<E>(&store, &desk.places, batch).await;
            calls.extend(claimed.into_iter().map(|(task, place)| perform(&effect, task, place)));
        }
        if recording.is_terminated() && !answered.is_empty() {
            crash::point(crash::BEFORE_RECORD, || [E::KIND]);
            let rest = answered.split_off(answered.len().min(batch));
            let done = std::mem::replace(&mut answered, rest);
            recording.set(record_or_split(&effect, &store, done).fuse());
        }
        if !open && calls.is_empty() && recording.is_terminated() {
            return;
        }
        let mut handed = Vec::new();
        tokio::select! {
            Some(performed) = calls.next() => {
                answered.extend(performed);
                while let Some(Some(performed)) = calls.next().now_or_never() {
                    answered.extend(performed);
                }
            }
            () = &mut recording => {}
            Some(task) = desk.tasks.recv(), if open => {
                handed.push(task);
                while let Ok(task) = desk.tasks.try_recv() {
                    handed.push(task);
                }
            }
            () = stop.cancelled(), if open => {
                open = false;
                leases.close(E::KIND);
                desk.tasks.close();
                while let Ok(task) = desk.tasks.try_recv() {
                    handed.push(task);
                }
            }
            _ = polls.tick() => look = true,
            Ok(()) = wakes.changed() => look = true,
        }
        calls.extend(handed.into_iter().map(|(task, place)| perform(&effect, task, place)));
    }
}

/// Claims tasks that nobody has, as many as there are places for, and answers whether more may wait.
async fn claim_within<E: Effect>(store: &Store, places: &Arc<Semaphore>, at_most: usize) -> (Vec<(Task, Place)>, bool) {
    let mut held = Vec::new();
    while held.len() < at_most
        && let Ok(place) = Arc::clone(places).try_acquire_owned()
    {
        held.push(place);
    }
    if held.is_empty() {
        return (Vec::new(), true);
    }
    let claimed = claim::<E>(store, held.len()).await.unwrap_or_else(|error| {
        tracing::warn!(kind = E::KIND, %error, "tasks cannot be claimed, trying again");
        Vec::new()
    });
    let more = claimed.len() == held.len();
    (claimed.into_iter().zip(held).collect(), more)
}

/// Claims due tasks, oldest first. Time is the database's: replicas whose clocks differ agree on what is due.
async fn claim<E: Effect>(store: &Store, at_most: usize) -> Result<Vec<Task>, DbErr> {
    Task::find_by_statement(sql(
        "UPDATE tasks SET attempts = attempts + 1, due_at = now() + make_interval(secs => $3)
         WHERE id IN (
             SELECT id FROM tasks
             WHERE kind = $1 AND status = 'waiting' AND due_at <= now()
             ORDER BY due_at
             LIMIT $2
             FOR UPDATE SKIP LOCKED)
         RETURNING id, idempotency_key, request::text AS request, traceparent, cause_event_id, attempts",
        [E::KIND.into(), i64::try_from(at_most).unwrap_or(i64::MAX).into(), lease::SECONDS.into()],
    ))
    .all(store.db())
    .await
}

async fn perform<E: Effect>(effect: &E, task: Task, place: Place) -> Option<Performed<E>> {
    let request: E::Request = match serde_json::from_str(&task.request) {
        Ok(request) => request,
        Err(error) => {
            // Written by this program: only a request type that changed incompatibly gets here. It stays in the ledger.
            tracing::error!(kind = E::KIND, task = task.id, %error, "a task's request cannot be read");
            return None;
        }
    };
    let asked = task.traceparent.parse().unwrap_or_else(|_| Trace::start());
    let started = Started::now();
    let trace = started.within(asked);
    let call = Call {
        idempotency_key: task.idempotency_key,
        attempt: u32::try_from(task.attempts).unwrap_or(1),
        request,
        wanted_pause: OnceLock::new(),
    };
    let attempt = tokio::time::timeout(CALL_LIMIT, effect.perform(&call))
        .await
        .unwrap_or_else(|_| Attempt::Unknown(format!("no answer within {} s", CALL_LIMIT.as_secs())));
    metrics::EFFECTS.with_label_values(&[E::KIND, attempt.name()]).inc();
    started.end(trace, |started| Span {
        name: E::KIND.to_owned(),
        kind: span::Kind::Client,
        trace,
        parent: Some(asked),
        started,
        attributes: vec![
            ("livemart.attempt", task.attempts.to_string().into()),
            ("livemart.outcome", attempt.name().into()),
        ],
        error: match &attempt {
            Attempt::Answered(_) | Attempt::Deferred(_) => None,
            Attempt::Unknown(error) | Attempt::Unavailable(error) => Some(error.clone()),
        },
    });
    let cause = Cause::event(trace, task.cause_event_id.map(EventId::from));
    let wanted_pause = call.wanted_pause.get().copied().unwrap_or_default();
    let outcome = Outcome { cause, request: call.request, attempt };
    Some(Performed { id: task.id, attempts: task.attempts, wanted_pause, outcome, _place: place })
}

/// Records what came back in one transaction or, where that fails, each by itself. What cannot be recorded comes due
/// again when its lease ends.
async fn record_or_split<E: Effect>(effect: &E, store: &Store, done: Vec<Performed<E>>) {
    let Err(together) = record(effect, store, &done).await else { return };
    tracing::debug!(kind = E::KIND, error = %together, tasks = done.len(), "answers could not be recorded together");
    for performed in done.chunks(1) {
        if let Err(error) = record(effect, store, performed).await {
            tracing::error!(kind = E::KIND, %error, "an answer could not be recorded; the call is made again with the same key");
        }
    }
}

async fn record<E: Effect>(effect: &E, store: &Store, done: &[Performed<E>]) -> Result<(), Failure> {
    let mut work = store.begin().await?.of_step(E::KIND);
    let mut current = finish_in(work.tx(), done).await?;
    current.extend(postpone_in(work.tx(), done).await?);
    let outcomes: Vec<&Outcome<E::Request, E::Answer>> =
        done.iter().filter(|performed| current.contains(&performed.id)).map(|performed| &performed.outcome).collect();
    if !outcomes.is_empty() {
        effect.record(&mut work, &outcomes).await?;
    }
    work.commit().await?;
    Ok(())
}

/// Ends the tasks that were answered, and says which of them another worker had not ended before.
async fn finish_in<E: Effect>(tx: &impl ConnectionTrait, done: &[Performed<E>]) -> Result<HashSet<i64>, DbErr> {
    let answered = done.iter().filter(|performed| matches!(performed.outcome.attempt, Attempt::Answered(_)));
    let ids: Vec<i64> = answered.map(|performed| performed.id).collect();
    let rows = tx
        .query_all_raw(sql(
            "UPDATE tasks SET status = 'done', done_at = now(), last_error = NULL
             WHERE id = ANY ($1) AND status = 'waiting'
             RETURNING id",
            [ids.into()],
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Sets the next attempt of tasks that were not answered, unless another worker has them by now.
async fn postpone_in<E: Effect>(tx: &impl ConnectionTrait, done: &[Performed<E>]) -> Result<HashSet<i64>, DbErr> {
    let (mut ids, mut attempts, mut made, mut pauses, mut errors) =
        <(Vec<_>, Vec<_>, Vec<_>, Vec<_>, Vec<String>)>::default();
    for performed in done {
        let (was_made, pause, error) = match &performed.outcome.attempt {
            Attempt::Answered(_) => continue,
            Attempt::Unknown(error) | Attempt::Unavailable(error) => {
                let pause = E::RETRY.after(u32::try_from(performed.attempts).unwrap_or(u32::MAX));
                (true, pause.max(performed.wanted_pause), error.clone())
            }
            Attempt::Deferred(pause) => (false, *pause, String::new()),
        };
        ids.push(performed.id);
        attempts.push(performed.attempts);
        made.push(was_made);
        pauses.push(pause.as_secs_f64());
        errors.push(error);
    }
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = tx
        .query_all_raw(sql(
            "UPDATE tasks SET due_at = now() + make_interval(secs => put_off.pause),
                 attempts = tasks.attempts - (NOT put_off.made)::int,
                 last_error = coalesce(nullif(put_off.error, ''), tasks.last_error)
             FROM unnest($1, $2, $3, $4, $5) AS put_off (id, attempts, made, pause, error)
             WHERE tasks.id = put_off.id AND tasks.attempts = put_off.attempts AND tasks.status = 'waiting'
             RETURNING tasks.id",
            [ids.into(), attempts.into(), made.into(), pauses.into(), errors.into()],
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
