//! Calls to the outside are made once for each subject, and again with the same key until they are answered.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use livemart_contracts::events::OrderConfirmed;
use livemart_contracts::{OrderId, UserId};
use livemart_messaging::tasks::Call;
use livemart_messaging::{Attempt, Cause, Context, Effect, Failure, Outcome, Store, sql, worker};
use livemart_testing::{eventually, run};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::fixture::{Bench, Running, outbox};

/// Somebody outside who answers at the third attempt.
#[derive(Clone, Default)]
struct Letter {
    calls: Arc<Mutex<Vec<(String, u32)>>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct To {
    order_id: OrderId,
    customer_id: UserId,
}

impl Effect for Letter {
    const KIND: &'static str = "test.letter";
    type Request = To;
    type Answer = ();

    async fn perform(&self, call: &Call<To>) -> Attempt<()> {
        self.calls.lock().expect("no panic").push((call.idempotency_key.clone(), call.attempt));
        match call.attempt {
            1 => Attempt::Unavailable("engaged".to_owned()),
            2 => Attempt::Unknown("the line broke".to_owned()),
            _ => Attempt::Answered(()),
        }
    }

    async fn record(&self, cx: &mut Context, outcomes: &[&Outcome<To, ()>]) -> Result<(), Failure> {
        for outcome in outcomes {
            if outcome.attempt == Attempt::Answered(()) {
                let To { order_id, customer_id } = outcome.request;
                cx.emit(*outcome, &OrderConfirmed { order_id, customer_id });
            }
        }
        Ok(())
    }
}

async fn ask(store: &Store, to: &To) {
    let mut work = store.begin().await.expect("a transaction");
    work.ask::<Letter>(Cause::timer(), to.order_id.to_string(), to);
    work.commit().await.expect("a commit");
}

#[test]
fn what_is_asked_for_twice_is_done_once_with_one_key_for_all_attempts() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        let to = To { order_id: bench.clock.new_id(), customer_id: bench.clock.new_id() };
        ask(&store, &to).await;
        ask(&store, &to).await;
        let letter = Letter::default();
        // Two replicas: the ledger lets one of them have each attempt.
        let replicas = [store.clone(), bench.orders().await];
        let workers = replicas.map(|store| {
            let effect = letter.clone();
            Running::start(|stop| worker::run(effect, store, stop))
        });
        eventually("the answer is recorded", async || {
            let events = outbox(&store).await.len();
            if events == 1 { Ok(()) } else { Err(format!("{events} events")) }
        })
        .await;
        for worker in workers {
            worker.stop().await;
        }
        let key = format!("test.letter:{}", to.order_id);
        let calls = letter.calls.lock().expect("no panic").clone();
        assert_eq!(calls, [(key.clone(), 1), (key.clone(), 2), (key, 3)]);
    });
}

/// Somebody outside who is engaged and says until when.
#[derive(Clone, Default)]
struct Engaged;

impl Effect for Engaged {
    const KIND: &'static str = "test.letter";
    type Request = To;
    type Answer = ();

    async fn perform(&self, call: &Call<To>) -> Attempt<()> {
        call.pause_at_least(Duration::from_secs(3_600));
        Attempt::Unavailable("engaged for an hour".to_owned())
    }

    async fn record(&self, _: &mut Context, _: &[&Outcome<To, ()>]) -> Result<(), Failure> {
        Ok(())
    }
}

#[test]
fn who_wants_to_be_left_alone_for_an_hour_is_not_called_before() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        ask(&store, &To { order_id: bench.clock.new_id(), customer_id: bench.clock.new_id() }).await;
        let worker = Running::start(|stop| worker::run(Engaged, store.clone(), stop));
        eventually("the task being put off", async || {
            let put_off = "SELECT count(*) FROM tasks WHERE attempts = 1 AND due_at > now() + interval '50 minutes'";
            let row = store.db().query_one_raw(sql(put_off, [])).await.map_err(|error| error.to_string())?;
            let tasks: i64 = row.ok_or("no row")?.try_get_by_index(0).map_err(|error| error.to_string())?;
            if tasks == 1 { Ok(()) } else { Err("not put off".to_owned()) }
        })
        .await;
        worker.stop().await;
    });
}

/// Somebody outside with whom too many of ours speak, the first time.
#[derive(Clone, Default)]
struct Crowded {
    calls: Arc<Mutex<Vec<u32>>>,
}

impl Effect for Crowded {
    const KIND: &'static str = "test.letter";
    type Request = To;
    type Answer = ();

    async fn perform(&self, call: &Call<To>) -> Attempt<()> {
        let mut calls = self.calls.lock().expect("no panic");
        calls.push(call.attempt);
        match calls.len() {
            1 => Attempt::Deferred(Duration::from_millis(10)),
            2 => Attempt::Unavailable("engaged".to_owned()),
            _ => Attempt::Answered(()),
        }
    }

    async fn record(&self, _: &mut Context, _: &[&Outcome<To, ()>]) -> Result<(), Failure> {
        Ok(())
    }
}

#[test]
fn a_call_that_was_deferred_was_no_attempt() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        ask(&store, &To { order_id: bench.clock.new_id(), customer_id: bench.clock.new_id() }).await;
        let crowded = Crowded::default();
        let worker = Running::start(|stop| worker::run(crowded.clone(), store.clone(), stop));
        eventually("the answer being recorded", async || {
            let done = "SELECT count(*) FROM tasks WHERE status = 'done' AND attempts = 2 AND last_error IS NULL";
            let row = store.db().query_one_raw(sql(done, [])).await.map_err(|error| error.to_string())?;
            let tasks: i64 = row.ok_or("no row")?.try_get_by_index(0).map_err(|error| error.to_string())?;
            if tasks == 1 { Ok(()) } else { Err(format!("{:?}", crowded.calls.lock().expect("no panic"))) }
        })
        .await;
        worker.stop().await;
        assert_eq!(*crowded.calls.lock().expect("no panic"), [1, 1, 2]);
    });
}

#[test]
fn a_step_that_does_not_commit_asks_for_nothing() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        let to = |_| To { order_id: bench.clock.new_id(), customer_id: bench.clock.new_id() };
        let [never, done] = [(), ()].map(to);
        let mut work = store.begin().await.expect("a transaction");
        work.ask::<Letter>(Cause::timer(), never.order_id.to_string(), &never);
        drop(work);
        ask(&store, &done).await;
        let letter = Letter::default();
        let worker = Running::start(|stop| worker::run(letter.clone(), store.clone(), stop));
        eventually(
            "the answer is recorded",
            async || {
                if outbox(&store).await.is_empty() { Err("nothing yet") } else { Ok(()) }
            },
        )
        .await;
        worker.stop().await;
        let key = format!("test.letter:{}", done.order_id);
        assert!(letter.calls.lock().expect("no panic").iter().all(|(called, _)| *called == key));
    });
}

/// Somebody outside who answers when they are told to, one at a time.
#[derive(Clone, Default)]
struct Bell {
    rings: Arc<Mutex<Vec<(String, u32)>>>,
    answers: Arc<Notify>,
}

impl Effect for Bell {
    const KIND: &'static str = "test.bell";
    const AT_ONCE: usize = 1;
    type Request = To;
    type Answer = ();

    async fn perform(&self, call: &Call<To>) -> Attempt<()> {
        self.rings.lock().expect("no panic").push((call.idempotency_key.clone(), call.attempt));
        self.answers.notified().await;
        Attempt::Answered(())
    }

    async fn record(&self, cx: &mut Context, outcomes: &[&Outcome<To, ()>]) -> Result<(), Failure> {
        for outcome in outcomes {
            let To { order_id, customer_id } = outcome.request;
            cx.emit(*outcome, &OrderConfirmed { order_id, customer_id });
        }
        Ok(())
    }
}

impl Bell {
    async fn ring(&self, store: &Store, at: &To) {
        let mut work = store.begin().await.expect("a transaction");
        work.ask::<Self>(Cause::timer(), at.order_id.to_string(), at);
        work.commit().await.expect("a commit");
    }

    async fn rang(&self, times: usize) {
        eventually("the bell rings", async || {
            let rings = self.rings.lock().expect("no panic").len();
            if rings == times { Ok(()) } else { Err(format!("{rings} times")) }
        })
        .await;
    }
}

#[test]
fn whether_a_worker_has_room_for_it_or_not_a_task_is_performed_once() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        let to = |_| To { order_id: bench.clock.new_id(), customer_id: bench.clock.new_id() };
        let asked = [(), (), ()].map(to);
        let bell = Bell::default();
        // Before there is a worker, then while it is engaged.
        bell.ring(&store, &asked[0]).await;
        let worker = Running::start(|stop| worker::run(bell.clone(), store.clone(), stop));
        bell.rang(1).await;
        bell.ring(&store, &asked[1]).await;
        bell.answers.notify_one();
        bell.rang(2).await;
        bell.answers.notify_one();
        eventually("it has room again", async || {
            let answered = outbox(&store).await.len();
            if answered == 2 { Ok(()) } else { Err(format!("{answered} are answered")) }
        })
        .await;
        bell.ring(&store, &asked[2]).await;
        bell.rang(3).await;
        bell.answers.notify_one();
        worker.stop().await;
        assert_eq!(outbox(&store).await.len(), 3, "what is in the air at the stop is recorded");
        let rings = bell.rings.lock().expect("no panic").clone();
        assert_eq!(rings, asked.map(|to| (format!("test.bell:{}", to.order_id), 1)));
    });
}

#[test]
fn a_lease_that_is_reserved_for_a_step_that_does_not_commit_is_given_back() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        let to = |_| To { order_id: bench.clock.new_id(), customer_id: bench.clock.new_id() };
        let [never, done] = [(), ()].map(to);
        let bell = Bell::default();
        bell.answers.notify_one();
        let worker = Running::start(|stop| worker::run(bell.clone(), store.clone(), stop));
        // Its only place is reserved for a step whose connection is gone.
        let mut work = store.begin().await.expect("a transaction");
        work.tx().execute_unprepared("SELECT pg_terminate_backend(pg_backend_pid())").await.expect_err("no connection");
        work.ask::<Bell>(Cause::timer(), never.order_id.to_string(), &never);
        work.commit().await.expect_err("nothing to commit to");

        bell.ring(&store, &done).await;
        bell.rang(1).await;
        worker.stop().await;
        assert_eq!(*bell.rings.lock().expect("no panic"), [(format!("test.bell:{}", done.order_id), 1)]);
    });
}
