//! NATS: killed, emptied, without room, repeating itself, and holding what nobody can read.

use std::fs::{self, File};
use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use async_nats::HeaderMap;
use async_nats::jetstream::{self, consumer};
use livemart_audit::{Violation, rules};
use livemart_contracts::{Clock, EventId, Stream};
use livemart_local::wait::{self, Look};

use super::{A_MOMENT, meanwhile};
use crate::dead_letters::Shelf;
use crate::drill::scene::Scene;
use crate::scan;

const KILLS: usize = 3;
/// Long enough for another leader to be chosen, which takes some seconds, and for orders to go through it.
const WITHOUT_ONE: Duration = Duration::from_secs(15);
/// Longer than a publish waits for its answer, so that some of them are given up.
const WITHOUT_ROOM: Duration = Duration::from_secs(8);
/// What is written at once into the file that takes the room.
const BALLAST: usize = 1 << 20;
/// Between the readers of one event being sent back, so that they do not all repeat the same at the same time.
const BETWEEN_READERS: Duration = Duration::from_millis(200);
const BURIED_LIMIT: Duration = Duration::from_secs(30);

pub(crate) async fn is_killed(scene: &Scene) -> Result<Vec<String>> {
    for _ in 0..KILLS {
        meanwhile(A_MOMENT).await;
        scene.servers().nats().kill().await?;
        scene.is_back().await?;
    }
    Ok(Vec::new())
}

/// One after the other, so that whoever leads a stream is among them. The two others have to go on meanwhile.
pub(crate) async fn loses_one_of_three(scene: &Scene) -> Result<Vec<String>> {
    let mut confirmed_meanwhile = Vec::new();
    for server in scene.servers().nats_servers() {
        meanwhile(A_MOMENT).await;
        server.kill_for_good().await?;
        let before = confirmed(scene).await?;
        meanwhile(WITHOUT_ONE).await;
        let meanwhile = confirmed(scene).await? - before;
        ensure!(meanwhile > 0, "nothing went on without {}, though two servers of three were there", server.name());
        confirmed_meanwhile.push(format!("{meanwhile} without {}", server.name()));
        server.start().await?;
        scene.is_back().await?;
    }
    Ok(vec![format!("orders that were confirmed by two servers of three: {}", confirmed_meanwhile.join(", "))])
}

async fn confirmed(scene: &Scene) -> Result<i64> {
    let confirmed = "SELECT count(*) FROM orders.outbox WHERE subject = 'order.confirmed' AND published_at IS NOT NULL";
    Ok(sqlx::query_scalar(confirmed).fetch_one(&mut scene.database().await?).await?)
}

pub(crate) async fn loses_its_store(scene: &Scene) -> Result<Vec<String>> {
    meanwhile(A_MOMENT).await;
    let lost = messages(scene).await?;
    scene.servers().nats().kill_for_good().await?;
    let store = scene.nats_store();
    fs::remove_dir_all(&store).with_context(|| format!("delete {}", store.display()))?;
    fs::create_dir_all(&store)?;
    scene.servers().nats().start().await?;
    scene.servers().ready().await?;
    scene.apply_streams().await?;
    scene.is_back().await?;
    Ok(vec![format!("{lost} messages were lost with all streams, durables and buckets")])
}

async fn messages(scene: &Scene) -> Result<u64> {
    let jetstream = jetstream::new(scene.nats().await?);
    let mut messages = 0;
    for stream in Stream::ALL {
        messages += scan::stream(&jetstream, stream.name()).await?.cached_info().state.messages;
    }
    Ok(messages)
}

/// A server whose disk was full stays frozen when there is room again: it has to be started anew, as a liveness probe does.
pub(crate) async fn has_no_room(scene: &Scene) -> Result<Vec<String>> {
    meanwhile(A_MOMENT).await;
    let path = scene.nats_store().join("ballast");
    let mut ballast = File::create(&path)?;
    let chunk = vec![0; BALLAST];
    let mut taken = 0;
    let full = loop {
        match ballast.write(&chunk) {
            Ok(written) => taken += written,
            Err(error) => break error,
        }
    };
    meanwhile(WITHOUT_ROOM).await;
    let mut database = scene.database().await?;
    let waiting: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM orders.outbox WHERE published_at IS NULL)
              + (SELECT count(*) FROM payments.outbox WHERE published_at IS NULL)
              + (SELECT count(*) FROM inventory.outbox WHERE published_at IS NULL)",
    )
    .fetch_one(&mut database)
    .await?;
    ensure!(waiting > 0, "NATS went on though its disk is full ({full})");
    drop(ballast);
    fs::remove_file(&path)?;
    scene.servers().nats().kill().await?;
    scene.is_back().await?;
    Ok(vec![format!("{} MiB until \"{full}\"; {waiting} events waited in the outboxes", taken / BALLAST)])
}

/// Sends each durable back to the beginning of its stream, one after the other, while new orders come.
pub(crate) async fn delivers_everything_again(scene: &Scene) -> Result<Vec<String>> {
    meanwhile(2 * A_MOMENT).await;
    let jetstream = jetstream::new(scene.nats().await?);
    let (mut readers, mut again) = (0, 0);
    for stream in Stream::ALL {
        let source = scan::stream(&jetstream, stream.name()).await?;
        for (durable, _) in scan::durables(&source).await? {
            let reader = source.get_consumer::<consumer::pull::Config>(&durable).await;
            let mut reader = reader.map_err(|error| anyhow!(error)).with_context(|| format!("find {durable}"))?;
            let read = reader.cached_info().delivered.consumer_sequence;
            reader.reset(Some(1)).await.with_context(|| format!("send {durable} back"))?;
            (readers, again) = (readers + 1, again + read);
            tokio::time::sleep(BETWEEN_READERS).await;
        }
    }
    meanwhile(A_MOMENT).await;
    Ok(vec![format!("{readers} readers had to read some {again} messages again, behind newer ones")])
}

/// One without the attributes of an event, one that has them and a body that is none.
pub(crate) async fn has_poison(scene: &Scene) -> Result<Vec<String>> {
    meanwhile(A_MOMENT).await;
    let client = scene.nats().await?;
    let jetstream = jetstream::new(client.clone());
    let mut attributes = HeaderMap::new();
    let (id, now): (EventId, _) = (Clock::default().new_id(), Clock::default().now());
    attributes.insert("ce-id", id.to_string());
    attributes.insert("ce-time", now.to_rfc3339());
    for headers in [HeaderMap::new(), attributes] {
        let stored = publish(&jetstream, headers).await;
        stored.context("put a message into ORDERS that nobody announced")?;
    }
    let orders = scan::stream(&jetstream, Stream::Orders.name()).await?;
    let readers = scan::durables(&orders).await?;
    let readers = readers.iter().filter(|(_, subjects)| subjects.iter().any(|subject| subject == POISONED)).count();
    let shelf = Shelf::open(client).await?;
    let buried = wait::until("the poison being among the dead letters", BURIED_LIMIT, async || {
        Ok(match shelf.copies().await {
            Ok(letters) if letters.len() == 2 * readers => Look::There(Ok(letters)),
            Ok(letters) => Look::NotYet(format!("{} of {} letters are there", letters.len(), 2 * readers)),
            Err(error) => Look::There(Err(error)),
        })
    });
    let letters = buried.await??;
    for letter in &letters {
        shelf.remove(letter).await?;
    }
    Ok(vec![format!(
        "two messages that none of {readers} readers could read became {} dead letters, and nothing waited for them",
        letters.len()
    )])
}

const POISONED: &str = "order.created";

#[expect(clippy::disallowed_methods, reason = "the fault itself: a message that is in no outbox")]
async fn publish(jetstream: &jetstream::Context, headers: HeaderMap) -> Result<()> {
    jetstream.publish_with_headers(POISONED, headers, "poison".into()).await?.await?;
    Ok(())
}

/// It stays in its stream, which keeps everything.
pub(crate) fn is_the_poison(violation: &Violation) -> bool {
    violation.rule == rules::NO_STRANGERS && violation.seen.starts_with("ORDERS has 2,")
}
