//! Performs the tasks of the effects ledger: claims, calls outside any transaction, records.
//!
//! A claim is a lease: it moves the task's due time ahead. A worker that dies loses nothing, for the task comes due again
//! and is performed with the same idempotency key; of two workers that both performed it, the first to record wins.

use std::collections::HashSet;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use livemart_contracts::{EventId, Trace};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::envelope::Cause;
use crate::reaction::Failure;
use crate::span::{self, Span, Started};
use crate::store::{Store, sql};
use crate::tasks::{Attempt, Call, Effect, Outcome};
use crate::{crash, metrics, wake};

/// A call that is silent for this long is taken as unknown, whatever its client's own limit.
const CALL_LIMIT: Duration = Duration::from_secs(10);
/// Longer than a call can take with the recording of its answer.
const LEASE_SECONDS: f64 = 20.0;

/// A claimed task.
#[derive(Debug, FromQueryResult)]
struct Claimed {
    id: i64,
    idempotency_key: String,
    request: String,
    traceparent: String,
    cause_event_id: Option<Uuid>,
    attempts: i32,
}

/// A task whose call has ended.
struct Performed<E: Effect> {
    id: i64,
    attempts: i32,
    outcome: Outcome<E::Request, E::Answer>,
}

/// Runs the tasks of one kind until `stop`; calls in the air are then finished and recorded.
pub async fn run<E: Effect>(effect: E, store: Store, stop: CancellationToken) {
    let mut wakes = store.wakes().tasks();
    let mut calls = FuturesUnordered::new();
    let mut look = true;
    let batch = store.batch(E::AT_ONCE);
    while !(stop.is_cancelled() && calls.is_empty()) {
        let room = batch.min(E::AT_ONCE - calls.len());
        if look && room > 0 && !stop.is_cancelled() {
            let claimed = claim::<E>(&store, room).await.unwrap_or_else(|error| {
                tracing::warn!(kind = E::KIND, %error, "tasks cannot be claimed, trying again");
                Vec::new()
            });
            // A full claim means that more may wait.
            look = claimed.len() == room;
            calls.extend(claimed.into_iter().map(|task| perform(&effect, task)));
        }
        tokio::select! {
            Some(performed) = calls.next() => {
                let mut done: Vec<Performed<E>> = performed.into_iter().collect();
                while let Some(Some(performed)) = calls.next().now_or_never() {
                    done.extend(performed);
                }
                crash::point(crash::BEFORE_RECORD, || [E::KIND]);
                for done in done.chunks(batch) {
                    record_or_split(&effect, &store, done).await;
                }
            }
            () = stop.cancelled(), if calls.is_empty() => {}
            _ = tokio::time::timeout(wake::POLL, wakes.changed()) => look = true,
        }
    }
}

/// Claims due tasks, oldest first. Time is the database's: replicas whose clocks differ agree on what is due.
async fn claim<E: Effect>(store: &Store, at_most: usize) -> Result<Vec<Claimed>, DbErr> {
    Claimed::find_by_statement(sql(
        "UPDATE tasks SET attempts = attempts + 1, due_at = now() + make_interval(secs => $3)
         WHERE id IN (
             SELECT id FROM tasks
             WHERE kind = $1 AND status = 'waiting' AND due_at <= now()
             ORDER BY due_at
             LIMIT $2
             FOR UPDATE SKIP LOCKED)
         RETURNING id, idempotency_key, request::text AS request, traceparent, cause_event_id, attempts",
        [E::KIND.into(), i64::try_from(at_most).unwrap_or(i64::MAX).into(), LEASE_SECONDS.into()],
    ))
    .all(store.db())
    .await
}

async fn perform<E: Effect>(effect: &E, task: Claimed) -> Option<Performed<E>> {
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
    let call =
        Call { idempotency_key: task.idempotency_key, attempt: u32::try_from(task.attempts).unwrap_or(1), request };
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
            Attempt::Answered(_) => None,
            Attempt::Unknown(error) | Attempt::Unavailable(error) => Some(error.clone()),
        },
    });
    let cause = Cause::event(trace, task.cause_event_id.map(EventId::from));
    Some(Performed { id: task.id, attempts: task.attempts, outcome: Outcome { cause, request: call.request, attempt } })
}

/// Records what came back in one transaction or, where that fails, each by itself. What cannot be recorded comes due
/// again when its lease ends.
async fn record_or_split<E: Effect>(effect: &E, store: &Store, done: &[Performed<E>]) {
    let Err(failure) = record(effect, store, done).await else { return };
    if done.len() > 1 {
        tracing::debug!(kind = E::KIND, %failure, tasks = done.len(), "answers could not be recorded together");
        for performed in done {
            Box::pin(record_or_split(effect, store, std::slice::from_ref(performed))).await;
        }
    } else {
        tracing::error!(kind = E::KIND, %failure, "an answer could not be recorded; the call is made again with the same key");
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
    let (mut ids, mut attempts, mut pauses, mut errors) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for performed in done {
        if let Attempt::Unknown(error) | Attempt::Unavailable(error) = &performed.outcome.attempt {
            ids.push(performed.id);
            attempts.push(performed.attempts);
            pauses.push(E::RETRY.after(u32::try_from(performed.attempts).unwrap_or(u32::MAX)).as_secs_f64());
            errors.push(error.clone());
        }
    }
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = tx
        .query_all_raw(sql(
            "UPDATE tasks SET due_at = now() + make_interval(secs => failed.pause), last_error = failed.error
             FROM unnest($1, $2, $3, $4) AS failed (id, attempts, pause, error)
             WHERE tasks.id = failed.id AND tasks.attempts = failed.attempts AND tasks.status = 'waiting'
             RETURNING tasks.id",
            [ids.into(), attempts.into(), pauses.into(), errors.into()],
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
