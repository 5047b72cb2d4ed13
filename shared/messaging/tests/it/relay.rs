//! The outbox reaches the stream: all of it, once, in order.

use std::collections::HashMap;

use livemart_contracts::events::OrderCancelled;
use livemart_contracts::{OrderId, Stream};
use livemart_messaging::Cause;
use livemart_testing::run;
use sea_orm::ConnectionTrait;

use crate::fixture::{Bench, commit, header, outbox, published};

fn cancelled(bench: &Bench, order_id: OrderId, reason: &str) -> OrderCancelled {
    OrderCancelled { order_id, customer_id: bench.clock.new_id(), reason: reason.to_owned() }
}

#[test]
fn the_events_of_an_order_are_published_in_their_order_and_marked_with_their_place_in_the_stream() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        let confirmed: Vec<_> = (0..20).map(|_| bench.confirmed(bench.clock.new_id())).collect();
        let undone: Vec<_> = confirmed.iter().map(|order| cancelled(&bench, order.order_id, "too late")).collect();
        // Singles and batches: a few rows before the relay runs, then many at once, then a commit at a time.
        commit(&store, &confirmed[..2]).await;
        let relay = bench.relay(&store, Stream::Orders).await;
        commit(&store, &confirmed[2..]).await;
        for order in &undone {
            commit(&store, std::slice::from_ref(order)).await;
        }
        published(&store, 0).await;

        let messages = bench.messages(Stream::Orders).await;
        let rows = outbox(&store).await;
        assert_eq!(messages.len(), rows.len());
        let mut last = HashMap::new();
        for row in rows {
            let sequence = row.stream_sequence.expect("published");
            let message = &messages[usize::try_from(sequence).expect("a place in the stream") - 1];
            assert_eq!(
                (message.subject.as_str(), header(message, "ce-subject")),
                (&*row.subject, row.aggregate_id.clone())
            );
            assert_eq!(header(message, "Nats-Msg-Id"), header(message, "ce-id"));
            let before = last.insert(row.aggregate_id, sequence);
            assert!(before.is_none_or(|before| before < sequence), "an event overtook an earlier one of its order");
        }
        relay.stop().await;
    });
}

#[test]
fn a_step_that_does_not_commit_publishes_nothing() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        let mut work = store.begin().await.expect("a transaction");
        work.emit(Cause::timer(), &bench.confirmed(bench.clock.new_id()));
        drop(work);
        commit(&store, &[bench.confirmed(bench.clock.new_id())]).await;
        let relay = bench.relay(&store, Stream::Orders).await;
        published(&store, 0).await;
        relay.stop().await;
        assert_eq!(bench.messages(Stream::Orders).await.len(), 1);
    });
}

#[test]
fn an_event_that_the_stream_refuses_holds_back_its_aggregate_and_nobody_else() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        let (blocked, free) = (bench.clock.new_id(), bench.clock.new_id());
        // Larger than the stream takes, smaller than the server does.
        let too_large = "x".repeat(300_000);
        let events = [
            cancelled(&bench, blocked, &too_large),
            cancelled(&bench, blocked, "later"),
            cancelled(&bench, free, "other"),
        ];
        commit(&store, &events).await;
        let relay = bench.relay(&store, Stream::Orders).await;
        published(&store, 2).await;
        // The relay goes on: what comes after still passes.
        commit(&store, &[cancelled(&bench, bench.clock.new_id(), "another")]).await;
        published(&store, 2).await;
        let subjects: Vec<String> =
            bench.messages(Stream::Orders).await.iter().map(|message| header(message, "ce-subject")).collect();
        assert_eq!(subjects.len(), 2);
        assert!(!subjects.contains(&blocked.to_string()), "the later event overtook the refused one");

        // Once the cause is mended, both follow in their order.
        let mended = "UPDATE outbox SET payload = '{\"mended\":true}' WHERE published_at IS NULL AND length(payload::text) > 300000";
        store.db().execute_unprepared(mended).await.expect("an update");
        published(&store, 0).await;
        let messages = bench.messages(Stream::Orders).await;
        let of_blocked: Vec<_> =
            messages.iter().filter(|message| header(message, "ce-subject") == blocked.to_string()).collect();
        assert_eq!(of_blocked[0].payload.as_ref(), br#"{"mended":true}"#);
        assert_eq!(of_blocked.len(), 2);
        relay.stop().await;
    });
}

#[test]
fn events_whose_mark_was_lost_are_sent_again_and_stored_once() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        let orders: Vec<_> = (0..10).map(|_| bench.confirmed(bench.clock.new_id())).collect();
        commit(&store, &orders).await;
        let relay = bench.relay(&store, Stream::Orders).await;
        published(&store, 0).await;
        relay.stop().await;
        let before = outbox(&store).await;

        // As if the relay had died between the acknowledgement and the mark, with more events behind it.
        let lost = "UPDATE outbox SET published_at = NULL, stream_sequence = NULL WHERE position % 2 = 0";
        store.db().execute_unprepared(lost).await.expect("an update");
        commit(&store, &[bench.confirmed(bench.clock.new_id())]).await;
        let relay = bench.relay(&store, Stream::Orders).await;
        published(&store, 0).await;
        relay.stop().await;

        let after = outbox(&store).await;
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before.stream_sequence, after.stream_sequence);
        }
        assert_eq!(bench.messages(Stream::Orders).await.len(), orders.len() + 1);
    });
}

#[test]
fn when_the_publishing_replica_dies_the_other_one_takes_over() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        let (first, second) = (bench.relay(&store, Stream::Orders).await, bench.relay(&store, Stream::Orders).await);
        commit(&store, &[bench.confirmed(bench.clock.new_id())]).await;
        published(&store, 0).await;
        first.abort().await;
        commit(&store, &[bench.confirmed(bench.clock.new_id())]).await;
        published(&store, 0).await;
        assert_eq!(bench.messages(Stream::Orders).await.len(), 2);
        second.stop().await;
    });
}

#[test]
fn what_is_committed_while_the_broker_is_down_is_published_when_it_is_back() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        let relay = bench.relay(&store, Stream::Orders).await;
        commit(&store, &[bench.confirmed(bench.clock.new_id())]).await;
        published(&store, 0).await;
        bench.broker.process().kill().await.expect("the broker dies");
        commit(&store, &(0..6).map(|_| bench.confirmed(bench.clock.new_id())).collect::<Vec<_>>()).await;
        published(&store, 0).await;
        assert_eq!(bench.messages(Stream::Orders).await.len(), 7);
        relay.stop().await;
    });
}
