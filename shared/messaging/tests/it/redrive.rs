//! A dead letter that is sent again reaches the one consumer that failed, and has its effect once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::jetstream::message::StreamMessage;
use async_nats::{HeaderMap, Request, RequestErrorKind};
use livemart_contracts::Stream;
use livemart_contracts::events::{OrderConfirmed, StockReserved};
use livemart_contracts::stream::redrive_subject;
use livemart_messaging::consumer::redrive::{Answer, Outcome};
use livemart_messaging::consumer::{Consumer, Subscription};
use livemart_messaging::dead_letter::{SUBJECT, of_the_event};
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction, Store};
use livemart_testing::{connect, eventually, run};

use crate::fixture::{Bench, Running, commit, decisions, outbox};

/// Confirms what is reserved, once it is mended.
#[derive(Clone, Default)]
struct Broken {
    mended: Arc<AtomicBool>,
}

impl Reaction for Broken {
    type Event = StockReserved;
    const DURABLE: &'static str = "order-stock-reserved";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<StockReserved>]) -> Result<Vec<Decision>, Failure> {
        for event in batch {
            cx.emit(event, &OrderConfirmed { order_id: event.order_id, customer_id: cx.new_id() });
        }
        if self.mended.load(Ordering::SeqCst) {
            Ok(vec![Decision::Applied; batch.len()])
        } else {
            Err(Failure::Reject("out of order".to_owned()))
        }
    }
}

/// One event of the inventory that the order service gave up on.
struct Scene {
    bench: Bench,
    orders: Store,
    broken: Broken,
    running: Vec<Running>,
}

impl Scene {
    async fn start(replicas: usize) -> Self {
        let bench = Bench::start().await;
        let (orders, inventory) = (bench.orders().await, bench.inventory().await);
        let mut running = vec![bench.relay(&inventory, Stream::Stock).await];
        let broken = Broken::default();
        for _ in 0..replicas {
            let subscription = Subscription::reaction(broken.clone());
            let consumer = Consumer::new(subscription, orders.clone(), bench.jetstream("order").await);
            running.push(Running::start(|stop| consumer.run(stop)));
        }
        commit(&inventory, &[bench.reserved()]).await;
        Self { bench, orders, broken, running }
    }

    async fn letter(&self) -> StreamMessage {
        let jetstream = self.bench.jetstream("operator").await;
        let stream = jetstream.get_stream("DEAD_LETTERS").await.expect("the stream");
        eventually("the event is among the dead letters", async || stream.get_raw_message(1).await).await
    }

    async fn send(&self, headers: HeaderMap, payload: &[u8]) -> Answer {
        let client = connect(&self.bench.broker, "operator").await;
        let request = Request::new().headers(headers).payload(payload.to_vec().into());
        let reply = client.send_request(redrive_subject(Broken::DURABLE), request).await.expect("an answer");
        serde_json::from_slice(&reply.payload).expect("an answer is JSON")
    }

    async fn send_again(&self, letter: &StreamMessage) -> Answer {
        self.send(of_the_event(&letter.headers), &letter.payload).await
    }

    async fn end(self) {
        for running in self.running {
            running.stop().await;
        }
    }
}

#[test]
fn a_dead_letter_sent_again_is_applied_once_and_nobody_else_hears_of_it() {
    run(async {
        let scene = Scene::start(2).await;
        let letter = scene.letter().await;
        scene.broken.mended.store(true, Ordering::SeqCst);
        assert_eq!(scene.send_again(&letter).await, Answer { outcome: Outcome::Applied, reason: None });
        assert_eq!(scene.send_again(&letter).await.outcome, Outcome::Duplicate);
        assert_eq!(outbox(&scene.orders).await.len(), 1);
        assert_eq!(decisions(&scene.orders).await, [("applied".to_owned(), 1)].into());
        assert_eq!(scene.bench.messages(Stream::Stock).await.len(), 1, "it is not published again");
        scene.end().await;
    });
}

#[test]
fn one_that_fails_again_leaves_nothing_behind_and_can_be_sent_until_it_works() {
    run(async {
        let scene = Scene::start(1).await;
        let letter = scene.letter().await;
        let failed = Answer { outcome: Outcome::Failed, reason: Some("out of order".to_owned()) };
        assert_eq!(scene.send_again(&letter).await, failed);
        assert!(outbox(&scene.orders).await.is_empty());
        assert!(decisions(&scene.orders).await.is_empty());
        scene.broken.mended.store(true, Ordering::SeqCst);
        assert_eq!(scene.send_again(&letter).await.outcome, Outcome::Applied);
        scene.end().await;
    });
}

#[test]
fn what_cannot_be_read_is_said_to_be_malformed() {
    run(async {
        let scene = Scene::start(1).await;
        let letter = scene.letter().await;
        scene.broken.mended.store(true, Ordering::SeqCst);
        let headers = of_the_event(&letter.headers);
        assert_eq!(scene.send(headers.clone(), b"{").await.outcome, Outcome::Malformed);
        let mut of_another_event = headers;
        of_another_event.insert(SUBJECT, "order.created");
        let answer = scene.send(of_another_event, &letter.payload).await;
        let reason = "no event of this consumer has the subject order.created".to_owned();
        assert_eq!(answer, Answer { outcome: Outcome::Malformed, reason: Some(reason) });
        assert_eq!(scene.send(HeaderMap::new(), &letter.payload).await.outcome, Outcome::Malformed);
        assert!(decisions(&scene.orders).await.is_empty());
        scene.end().await;
    });
}

#[test]
fn no_service_may_send_anything_to_a_consumer_and_a_consumer_that_does_not_run_is_noticed_at_once() {
    /// Long enough for an answer that must not come.
    const SILENCE: Duration = Duration::from_millis(500);

    run(async {
        let scene = Scene::start(1).await;
        let letter = scene.letter().await;
        scene.broken.mended.store(true, Ordering::SeqCst);
        let request = || {
            let headers = of_the_event(&letter.headers);
            Request::new().headers(headers).payload(letter.payload.clone()).timeout(Some(SILENCE))
        };
        let service = connect(&scene.bench.broker, "inventory").await;
        let refused = service.send_request(redrive_subject(Broken::DURABLE), request()).await;
        assert_eq!(refused.expect_err("it is not allowed").kind(), RequestErrorKind::TimedOut);
        assert!(decisions(&scene.orders).await.is_empty());

        let operator = connect(&scene.bench.broker, "operator").await;
        let nobody = operator.send_request(redrive_subject("order-stock-failed"), request()).await;
        assert_eq!(nobody.expect_err("nobody runs it").kind(), RequestErrorKind::NoResponders);
        scene.end().await;
    });
}
