//! Every event has its effect once, whatever happens on the way.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream;
use async_nats::jetstream::message::PublishMessage;
use livemart_contracts::events::{OrderConfirmed, StockReserved};
use livemart_contracts::{OrderId, Stream};
use livemart_messaging::consumer::{self, Consumer, Incoming, Subscription, Verdict};
use livemart_messaging::envelope::Attributes;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction, Store};
use livemart_testing::{eventually, run};
use sea_orm::ConnectionTrait;
use tokio::sync::Barrier;

use crate::fixture::{Bench, Running, commit, decisions, header, outbox, published};

/// Confirms what is reserved, but for orders about which a test says otherwise.
#[derive(Clone, Default)]
struct Confirms {
    otherwise: Arc<Mutex<HashMap<OrderId, Vec<Otherwise>>>>,
}

/// What happens instead, the last one first.
#[derive(Clone, Copy)]
enum Otherwise {
    NotYet,
    Retry,
    Reject,
}

impl Confirms {
    fn but(&self, order_id: OrderId, otherwise: &[Otherwise]) {
        self.otherwise.lock().expect("no panic").insert(order_id, otherwise.to_vec());
    }
}

impl Reaction for Confirms {
    type Event = StockReserved;
    const DURABLE: &'static str = "order-stock-reserved";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<StockReserved>]) -> Result<Vec<Decision>, Failure> {
        let mut decided = Vec::new();
        for event in batch {
            let confirmed = OrderConfirmed { order_id: event.order_id, customer_id: cx.new_id() };
            // Before the failure, so that a failure has something to leave behind.
            let otherwise = self.otherwise.lock().expect("no panic").get_mut(&event.order_id).and_then(Vec::pop);
            if !matches!(otherwise, Some(Otherwise::NotYet)) {
                cx.emit(event, &confirmed);
            }
            decided.push(match otherwise {
                None => Decision::Applied,
                Some(Otherwise::NotYet) => Decision::NotYet(Duration::from_millis(50)),
                Some(Otherwise::Retry) => return Err(Failure::Retry("not this time".to_owned())),
                Some(Otherwise::Reject) => return Err(Failure::Reject("never".to_owned())),
            });
        }
        Ok(decided)
    }
}

/// Confirms what is reserved, once two batches are at it; who comes after them does not wait.
#[derive(Clone)]
struct AtOnce {
    together: Arc<Barrier>,
    begun: Arc<AtomicUsize>,
}

impl Reaction for AtOnce {
    type Event = StockReserved;
    const DURABLE: &'static str = Confirms::DURABLE;

    async fn react(&self, cx: &mut Context, batch: &[Delivered<StockReserved>]) -> Result<Vec<Decision>, Failure> {
        if self.begun.fetch_add(1, Ordering::SeqCst) < 2 {
            self.together.wait().await;
        }
        for event in batch {
            let confirmed = OrderConfirmed { order_id: event.order_id, customer_id: cx.new_id() };
            cx.emit(event, &confirmed);
        }
        Ok(vec![Decision::Applied; batch.len()])
    }
}

struct Scene {
    bench: Bench,
    orders: Store,
    inventory: Store,
    relay: Running,
    confirms: Confirms,
}

impl Scene {
    async fn start() -> Self {
        let bench = Bench::start().await;
        let (orders, inventory) = (bench.orders().await, bench.inventory().await);
        let relay = bench.relay(&inventory, Stream::Stock).await;
        Self { bench, orders, inventory, relay, confirms: Confirms::default() }
    }

    async fn consumer(&self) -> Running {
        let jetstream = self.bench.jetstream("order").await;
        let consumer = Consumer::new(Subscription::reaction(self.confirms.clone()), self.orders.clone(), jetstream);
        Running::start(|stop| consumer.run(stop))
    }

    /// Waits until the durable has nothing left to deliver or to hear of.
    async fn settled(&self) {
        let jetstream = self.bench.jetstream("operator").await;
        eventually("every event is settled", async || {
            let consumer: jetstream::consumer::PullConsumer = jetstream
                .get_consumer_from_stream(Confirms::DURABLE, Stream::Stock.name())
                .await
                .map_err(|error| error.to_string())?;
            let info = consumer.cached_info();
            let left = (info.num_pending, info.num_ack_pending);
            let published: Vec<Option<i64>> =
                outbox(&self.inventory).await.iter().map(|row| row.stream_sequence).collect();
            let waiting = published.iter().filter(|sequence| sequence.is_none()).count();
            // The server counts a message as waiting a moment after it has stored it.
            let last = published.into_iter().flatten().max().unwrap_or_default();
            let heard = i64::try_from(info.ack_floor.stream_sequence).is_ok_and(|floor| floor >= last);
            if left == (0, 0) && waiting == 0 && heard {
                Ok(())
            } else {
                Err(format!("{left:?}, {waiting} unpublished, acknowledged up to {:?} of {last}", info.ack_floor))
            }
        })
        .await;
    }

    async fn dead_letters(&self) -> Vec<jetstream::message::StreamMessage> {
        let jetstream = self.bench.jetstream("operator").await;
        let stream = jetstream.get_stream("DEAD_LETTERS").await.expect("the stream");
        let mut letters = Vec::new();
        for sequence in 1..=stream.cached_info().state.last_sequence {
            letters.push(stream.get_raw_message(sequence).await.expect("a dead letter"));
        }
        letters
    }

    /// Publishes past the outbox, as nobody but the operator may.
    async fn inject(&self, headers: HeaderMap, payload: &str, id: &str) {
        let jetstream = self.bench.jetstream("operator").await;
        let message = PublishMessage::build().headers(headers).payload(payload.to_owned().into()).message_id(id);
        let sent = jetstream.send_publish("stock.reserved", message).await.expect("sent");
        sent.await.expect("stored");
    }

    async fn end(self, consumers: impl IntoIterator<Item = Running>) {
        for consumer in consumers {
            consumer.stop().await;
        }
        self.relay.stop().await;
    }
}

#[test]
fn in_batches_of_one_every_event_has_a_transaction_of_its_own() {
    run(async {
        let mut scene = Scene::start().await;
        scene.orders = scene.orders.in_batches_of(1);
        let events: Vec<StockReserved> = (0..10).map(|_| scene.bench.reserved()).collect();
        commit(&scene.inventory, &events).await;
        published(&scene.inventory, 0).await;
        let consumer = scene.consumer().await;
        scene.settled().await;
        assert_eq!(decisions(&scene.orders).await["applied"], 10);
        let transactions = livemart_messaging::sql("SELECT count(DISTINCT xmin::text) FROM inbox", []);
        let transactions = scene.orders.db().query_one_raw(transactions).await.expect("the inbox").expect("a row");
        assert_eq!(transactions.try_get_by_index::<i64>(0).expect("a number"), 10);
        scene.end([consumer]).await;
    });
}

#[test]
fn a_subscriber_that_lingers_begins_as_soon_as_its_batch_is_full() {
    run(async {
        let mut scene = Scene::start().await;
        scene.orders = scene.orders.in_batches_of(10);
        let mut reaction = Subscription::reaction(scene.confirms.clone());
        reaction.linger = Duration::from_secs(3_600);
        let jetstream = scene.bench.jetstream("order").await;
        let consumer = Consumer::new(reaction, scene.orders.clone(), jetstream);
        let consumer = Running::start(|stop| consumer.run(stop));
        // The second batch arrives one by one.
        commit(&scene.inventory, &[(); 11].map(|()| scene.bench.reserved())).await;
        for _ in 0..9 {
            commit(&scene.inventory, &[scene.bench.reserved()]).await;
            published(&scene.inventory, 0).await;
        }
        scene.settled().await;
        assert_eq!(decisions(&scene.orders).await["applied"], 20);
        scene.end([consumer]).await;
    });
}

#[test]
fn of_two_replicas_that_are_at_the_same_event_one_applies_it_and_the_other_begins_anew() {
    run(async {
        let scene = Scene::start().await;
        commit(&scene.inventory, &[0, 1, 2].map(|_| scene.bench.reserved())).await;
        published(&scene.inventory, 0).await;
        let stored = scene.bench.messages(Stream::Stock).await;
        let incoming: Vec<Incoming> = stored
            .iter()
            .map(|message| Incoming {
                attributes: Attributes::read(&message.headers).expect("attributes"),
                subject: message.subject.to_string(),
                payload: message.payload.clone(),
            })
            .collect();

        let at_once = AtOnce { together: Arc::new(Barrier::new(2)), begun: Arc::default() };
        let (subscription, another) = (Subscription::reaction(at_once.clone()), scene.bench.orders().await);
        // The event in the middle is in both batches.
        let (one, batch) = ([&incoming[0], &incoming[1]], [&incoming[1], &incoming[2]]);
        let (one, other) = futures::join!(
            consumer::commit(&subscription, &scene.orders, &one),
            consumer::commit(&subscription, &another, &batch)
        );
        let mut verdicts = one.expect("one replica commits");
        verdicts.extend(other.expect("the other one commits as well"));
        let decided = |decision: Decision| {
            verdicts.iter().filter(|verdict| **verdict == Verdict::Decided(decision.clone())).count()
        };
        assert_eq!((decided(Decision::Applied), decided(Decision::Duplicate)), (3, 1), "{verdicts:?}");
        assert_eq!(at_once.begun.load(Ordering::SeqCst), 3, "one batch is begun twice");
        assert_eq!(outbox(&scene.orders).await.len(), 3, "each order is confirmed once");
        assert_eq!(decisions(&scene.orders).await, [("applied".to_owned(), 3)].into());
        scene.end([]).await;
    });
}

#[test]
fn events_that_wait_are_applied_each_once_by_two_replicas_together() {
    run(async {
        let scene = Scene::start().await;
        let events: Vec<_> = (0..700).map(|_| scene.bench.reserved()).collect();
        commit(&scene.inventory, &events).await;
        let consumers = [scene.consumer().await, scene.consumer().await];
        scene.settled().await;
        assert_eq!(outbox(&scene.orders).await.len(), events.len());
        assert_eq!(decisions(&scene.orders).await["applied"], 700);
        scene.end(consumers).await;
    });
}

#[test]
fn an_event_delivered_twice_has_one_effect() {
    run(async {
        let scene = Scene::start().await;
        commit(&scene.inventory, &[scene.bench.reserved()]).await;
        let consumer = scene.consumer().await;
        scene.settled().await;
        let stored = scene.bench.messages(Stream::Stock).await.remove(0);
        let mut again = HeaderMap::new();
        for name in ["ce-id", "ce-time", "traceparent"] {
            again.insert(name, header(&stored, name));
        }
        let body = String::from_utf8(stored.payload.to_vec()).expect("JSON");
        scene.inject(again.clone(), &body, "another id for the broker").await;
        scene.inject(again, &body, "and another").await;
        scene.settled().await;
        assert_eq!(scene.bench.messages(Stream::Stock).await.len(), 3, "the broker stored all of them");
        assert_eq!(outbox(&scene.orders).await.len(), 1);
        scene.end([consumer]).await;
    });
}

#[test]
fn one_rejected_event_costs_its_batch_nothing_and_goes_to_the_dead_letters() {
    run(async {
        let scene = Scene::start().await;
        let events: Vec<_> = (0..20).map(|_| scene.bench.reserved()).collect();
        // Once for the batch, once by itself.
        scene.confirms.but(events[7].order_id, &[Otherwise::Reject, Otherwise::Reject]);
        commit(&scene.inventory, &events).await;
        let consumer = scene.consumer().await;
        scene.settled().await;

        let confirmed: Vec<String> = outbox(&scene.orders).await.into_iter().map(|row| row.aggregate_id).collect();
        assert_eq!(confirmed.len(), 19);
        assert!(!confirmed.contains(&events[7].order_id.to_string()), "a failed step left an event behind");
        let letters = scene.dead_letters().await;
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].subject.as_str(), "dead.order-stock-reserved");
        assert_eq!(header(&letters[0], "livemart-dead-reason"), "rejected");
        assert_eq!(header(&letters[0], "livemart-dead-last-error"), "never");
        assert_eq!(header(&letters[0], "ce-correlationid"), events[7].order_id.to_string());
        scene.end([consumer]).await;
    });
}

#[test]
fn an_event_that_fails_at_first_is_applied_when_it_no_longer_does() {
    run(async {
        let scene = Scene::start().await;
        let events = [scene.bench.reserved(), scene.bench.reserved()];
        scene.confirms.but(events[0].order_id, &[Otherwise::Retry; 3]);
        scene.confirms.but(events[1].order_id, &[Otherwise::NotYet; 3]);
        commit(&scene.inventory, &events).await;
        let consumer = scene.consumer().await;
        scene.settled().await;
        assert_eq!(outbox(&scene.orders).await.len(), 2);
        assert_eq!(decisions(&scene.orders).await, [("applied".to_owned(), 2)].into());
        assert!(scene.dead_letters().await.is_empty());
        scene.end([consumer]).await;
    });
}

#[test]
fn messages_that_cannot_be_read_go_to_the_dead_letters_with_what_was_in_them() {
    run(async {
        let scene = Scene::start().await;
        let mut headers = HeaderMap::new();
        scene.inject(headers.clone(), "{}", "no attributes").await;
        let id: livemart_contracts::EventId = scene.bench.clock.new_id();
        headers.insert("ce-id", id.to_string());
        headers.insert("ce-time", "2026-11-22T10:00:00Z");
        scene.inject(headers, "{\"order_id\":7}", "no order").await;
        let good = scene.bench.reserved();
        commit(&scene.inventory, std::slice::from_ref(&good)).await;
        let consumer = scene.consumer().await;
        scene.settled().await;

        assert_eq!(outbox(&scene.orders).await.len(), 1, "the good one passed");
        let letters = scene.dead_letters().await;
        assert_eq!(letters.len(), 2);
        assert!(letters.iter().all(|letter| header(letter, "livemart-dead-reason") == "malformed"));
        assert!(letters.iter().any(|letter| letter.payload.as_ref() == b"{\"order_id\":7}"));
        scene.end([consumer]).await;
    });
}

#[test]
fn a_replica_that_dies_with_events_in_hand_leaves_them_to_the_other() {
    run(async {
        let scene = Scene::start().await;
        let events: Vec<_> = (0..300).map(|_| scene.bench.reserved()).collect();
        commit(&scene.inventory, &events).await;
        let dying = scene.consumer().await;
        eventually("the first replica began", async || {
            if outbox(&scene.orders).await.is_empty() { Err("nothing is applied") } else { Ok(()) }
        })
        .await;
        dying.abort().await;
        let consumer = scene.consumer().await;
        scene.settled().await;
        assert_eq!(outbox(&scene.orders).await.len(), events.len());
        scene.end([consumer]).await;
    });
}

#[test]
fn a_stream_that_is_lost_under_a_consumer_is_announced_again_and_read_on_and_nothing_is_applied_twice() {
    run(async {
        let scene = Scene::start().await;
        let consumer = scene.consumer().await;
        let before: Vec<_> = (0..10).map(|_| scene.bench.reserved()).collect();
        commit(&scene.inventory, &before).await;
        scene.settled().await;
        let applied = outbox(&scene.orders).await.len();

        scene.bench.lose(Stream::Stock).await;
        // The stream gives out its first sequences a second time, and so is found out.
        let after: Vec<_> = (0..5).map(|_| scene.bench.reserved()).collect();
        commit(&scene.inventory, &after).await;
        eventually("the consumer reads on", async || {
            let applied = decisions(&scene.orders).await.get("applied").copied().unwrap_or_default();
            if applied == 15 { Ok(()) } else { Err(format!("{applied} applied")) }
        })
        .await;
        scene.settled().await;
        assert_eq!(scene.bench.messages(Stream::Stock).await.len(), before.len() + after.len());
        assert_eq!((applied, outbox(&scene.orders).await.len()), (before.len(), before.len() + after.len()));
        consumer.stop().await;
        scene.relay.stop().await;
    });
}
