//! Calls to the outside are made once for each subject, and again with the same key until they are answered.

use std::sync::{Arc, Mutex};

use livemart_contracts::events::OrderConfirmed;
use livemart_contracts::{OrderId, UserId};
use livemart_messaging::tasks::Call;
use livemart_messaging::{Attempt, Cause, Context, Effect, Failure, Outcome, Store, worker};
use livemart_testing::{eventually, run};
use serde::{Deserialize, Serialize};

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
        // Two workers: the ledger lets one of them have each attempt.
        let workers = [letter.clone(), letter.clone()].map(|effect| {
            let store = store.clone();
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
