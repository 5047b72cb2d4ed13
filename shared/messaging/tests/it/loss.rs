//! What the broker loses is announced again, under its old ids, and nothing else is.

use std::collections::BTreeSet;

use livemart_contracts::Stream;
use livemart_messaging::Store;
use livemart_testing::{eventually, run};
use sea_orm::ConnectionTrait;

use crate::fixture::{Bench, commit, header, outbox, published};

/// Commits `count` events of as many orders.
async fn announce(bench: &Bench, store: &Store, count: usize) {
    commit(store, &(0..count).map(|_| bench.confirmed(bench.clock.new_id())).collect::<Vec<_>>()).await;
}

/// Each order of the outbox once, and its event in the stream once.
async fn assert_complete(bench: &Bench, store: &Store) {
    let committed: BTreeSet<String> = outbox(store).await.into_iter().map(|row| row.aggregate_id).collect();
    let messages = bench.messages(Stream::Orders).await;
    assert_eq!(messages.len(), committed.len());
    assert_eq!(messages.iter().map(|message| header(message, "ce-subject")).collect::<BTreeSet<_>>(), committed);
}

/// As after damage to the stream's file: five events are marked as stored after `last`, and the stream has none of them.
async fn lose_events_after(last: i64, bench: &Bench, store: &Store) {
    announce(bench, store, 5).await;
    let stored = format!(
        "UPDATE outbox SET published_at = now(), stream_sequence = {last} + place
         FROM (SELECT position AS lost, row_number() OVER (ORDER BY position) AS place
               FROM outbox WHERE published_at IS NULL) AS waiting
         WHERE position = lost"
    );
    store.db().execute_unprepared(&stored).await.expect("an update");
}

async fn remember_the_last_sequence(last: i64, store: &Store) {
    let known = format!("UPDATE relay_state SET last_sequence = {last}");
    store.db().execute_unprepared(&known).await.expect("an update");
}

#[test]
fn a_stream_that_was_created_anew_gets_everything_again_in_its_order_and_under_the_same_ids() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        announce(&bench, &store, 40).await;
        let relay = bench.relay(&store, Stream::Orders).await;
        published(&store, 0).await;
        relay.stop().await;
        let ids = |messages: &[_]| messages.iter().map(|message| header(message, "Nats-Msg-Id")).collect::<Vec<_>>();
        let before = ids(&bench.messages(Stream::Orders).await);

        bench.lose(Stream::Orders).await;
        let relay = bench.relay(&store, Stream::Orders).await;
        filled_to(40, &bench).await;
        published(&store, 0).await;
        assert_eq!(ids(&bench.messages(Stream::Orders).await), before);
        relay.stop().await;
    });
}

#[test]
fn a_relay_that_starts_on_a_stream_without_its_end_announces_the_end_again() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        announce(&bench, &store, 10).await;
        let relay = bench.relay(&store, Stream::Orders).await;
        published(&store, 0).await;
        relay.stop().await;

        lose_events_after(10, &bench, &store).await;
        remember_the_last_sequence(15, &store).await;
        let relay = bench.relay(&store, Stream::Orders).await;
        filled_to(15, &bench).await;
        assert_complete(&bench, &store).await;
        relay.stop().await;
    });
}

#[test]
fn a_stream_that_gives_out_sequences_a_second_time_is_found_out_by_the_next_event() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        announce(&bench, &store, 10).await;
        let relay = bench.relay(&store, Stream::Orders).await;
        published(&store, 0).await;
        relay.stop().await;
        lose_events_after(11, &bench, &store).await;
        let relay = bench.relay(&store, Stream::Orders).await;
        announce(&bench, &store, 1).await;
        published(&store, 0).await;
        assert_eq!(bench.messages(Stream::Orders).await.len(), 11, "nothing is missed as long as nothing went back");

        // Long before the relay looks by itself again.
        remember_the_last_sequence(16, &store).await;
        announce(&bench, &store, 1).await;
        filled_to(17, &bench).await;
        published(&store, 0).await;
        assert_complete(&bench, &store).await;
        relay.stop().await;
    });
}

#[test]
fn a_message_that_is_missing_in_the_middle_is_announced_again_once() {
    run(async {
        let bench = Bench::start().await;
        let store = bench.orders().await;
        // No message of this stream can be deleted; one is lost before that rule is there.
        let jetstream = bench.jetstream("operator").await;
        let ruled = jetstream.get_stream(Stream::Orders.name()).await.expect("the stream").cached_info().config.clone();
        let mut lax = ruled.clone();
        lax.deny_delete = false;
        jetstream.delete_stream(Stream::Orders.name()).await.expect("it can be deleted");
        let stream = jetstream.create_stream(lax).await.expect("it can be created");
        announce(&bench, &store, 10).await;
        let relay = bench.relay(&store, Stream::Orders).await;
        published(&store, 0).await;
        relay.stop().await;
        stream.delete_message(4).await.expect("it can be deleted");
        jetstream.update_stream(ruled).await.expect("it can be changed");
        // At its start the broker reads anew which ids it has.
        bench.broker.process().kill().await.expect("the broker dies");
        eventually("the broker is back", async || match jetstream.get_stream(Stream::Orders.name()).await {
            Ok(stream) if stream.cached_info().state.messages == 9 => Ok(()),
            Ok(stream) => Err(format!("{} messages", stream.cached_info().state.messages)),
            Err(error) => Err(error.to_string()),
        })
        .await;

        for _ in 0..2 {
            let relay = bench.relay(&store, Stream::Orders).await;
            eventually("the message is there again", async || {
                let stream = jetstream.get_stream(Stream::Orders.name()).await.map_err(|error| error.to_string())?;
                let state = &stream.cached_info().state;
                let found = (state.messages, state.last_sequence);
                if found == (10, 11) { Ok(()) } else { Err(format!("{found:?}")) }
            })
            .await;
            published(&store, 0).await;
            relay.stop().await;
        }
        assert_eq!(outbox(&store).await.iter().filter(|row| row.stream_sequence == Some(11)).count(), 1);
    });
}

/// Waits until the stream holds `messages`.
async fn filled_to(messages: usize, bench: &Bench) {
    eventually("the stream is full again", async || match bench.messages(Stream::Orders).await.len() {
        some if some == messages => Ok(()),
        some => Err(format!("{some} of {messages} messages")),
    })
    .await;
}
