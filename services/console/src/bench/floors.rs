//! What this machine can do at all, measured beside everything else: figures of two machines, or of two hours, can only
//! be compared by these.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use async_nats::HeaderMap;
use async_nats::jetstream::{self, stream};
use bytes::Bytes;
use futures::future::try_join_all;
use livemart_contracts::Clock;
use livemart_local::{Addresses, OPERATOR, operator};
use livemart_messaging::batch::{self, Outgoing};
use redis::aio::MultiplexedConnection;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::time::Instant;

use super::results::Floors;

/// Connections that insert and commit, for the floor that goals are shares of.
const CONNECTIONS: usize = 8;
/// About an event's size, headers included.
const MESSAGE: usize = 1_024;
/// Publishes that wait for their acknowledgement.
const PIPELINED: usize = 256;
/// As many as the relay publishes at once.
const BATCH: usize = 256;
const REDIS_AT_ONCE: usize = 32;
const STREAM: &str = "FLOOR";
const SUBJECT: &str = "floor.message";

pub(super) async fn measure(addresses: &Addresses, time: Duration) -> Result<Floors> {
    let pg_commits_per_s = postgres(addresses, time).await.context("measure Postgres")?;
    let (jetstream_pipelined_per_s, jetstream_atomic_per_s) =
        jetstream(addresses, time).await.context("measure JetStream")?;
    let redis_pairs_per_s = redis(addresses, 1, time).await.context("measure Redis")?;
    let redis_pairs_32_per_s = redis(addresses, REDIS_AT_ONCE, time).await.context("measure Redis")?;
    Ok(Floors {
        pg_commits_per_s,
        jetstream_pipelined_per_s,
        jetstream_atomic_per_s,
        redis_pairs_per_s,
        redis_pairs_32_per_s,
    })
}

/// Does `one` by so many at once until `time` is over, and answers how often a second.
async fn rate<C>(workers: Vec<C>, time: Duration, one: impl AsyncFn(&mut C) -> Result<u64>) -> Result<f64> {
    let begun = Instant::now();
    let work = workers.into_iter().map(async |mut worker| {
        let mut done = 0;
        while begun.elapsed() < time {
            done += one(&mut worker).await?;
        }
        anyhow::Ok(done)
    });
    let done: u64 = try_join_all(work).await?.into_iter().sum();
    Ok(done as f64 / begun.elapsed().as_secs_f64())
}

async fn postgres(addresses: &Addresses, time: Duration) -> Result<f64> {
    let url = addresses.admin_database_url();
    let mut admin = PgConnection::connect(&url).await?;
    admin.execute("CREATE SCHEMA floor; CREATE TABLE floor.rows (id uuid PRIMARY KEY, body text NOT NULL)").await?;
    let body = "x".repeat(MESSAGE);
    let connections = try_join_all((0..CONNECTIONS).map(|_| PgConnection::connect(&url))).await?;
    let commits = rate(connections, time, async |connection| {
        let id = Clock::default().new_uuid();
        sqlx::query("INSERT INTO floor.rows VALUES ($1, $2)").bind(id).bind(&body).execute(connection).await?;
        Ok(1)
    });
    let commits = commits.await?;
    admin.execute("DROP SCHEMA floor CASCADE").await?;
    Ok(commits)
}

async fn jetstream(addresses: &Addresses, time: Duration) -> Result<(f64, f64)> {
    let client = operator(&addresses.nats_url(), OPERATOR, addresses.nats_password(OPERATOR)).await?;
    let jetstream = jetstream::new(client.clone());
    let config = stream::Config {
        name: STREAM.to_owned(),
        subjects: vec![SUBJECT.to_owned()],
        allow_atomic_publish: true,
        ..Default::default()
    };
    jetstream.create_stream(config).await?;
    let payload = Bytes::from(vec![b'x'; MESSAGE]);
    let single = rate(vec![(); PIPELINED], time, async |()| publish(&jetstream, &payload).await).await?;
    let outgoing = Outgoing { subject: SUBJECT.to_owned(), headers: HeaderMap::new(), payload };
    let messages = vec![outgoing; BATCH];
    let atomic = rate(vec![()], time, async |()| {
        batch::publish(&client, &messages).await?;
        Ok(u64::try_from(BATCH)?)
    });
    let atomic = atomic.await?;
    jetstream.delete_stream(STREAM).await?;
    Ok((single, atomic))
}

/// One of those that wait for their acknowledgement.
#[expect(clippy::disallowed_methods, reason = "a floor of the broker itself, on a stream that nobody reads")]
async fn publish(jetstream: &jetstream::Context, payload: &Bytes) -> Result<u64> {
    jetstream.publish(SUBJECT, payload.clone()).await?.await?;
    Ok(1)
}

async fn redis(addresses: &Addresses, at_once: usize, time: Duration) -> Result<f64> {
    let url = addresses.redis_urls().into_iter().next().ok_or_else(|| anyhow!("there is no Redis"))?;
    let connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    let workers: Vec<(MultiplexedConnection, String)> =
        (0..at_once).map(|worker| (connection.clone(), format!("floor:{worker}"))).collect();
    rate(workers, time, async |(connection, key)| {
        let set = redis::cmd("SET").arg(&*key).arg("1").arg("NX").arg("PX").arg(1_000).to_owned();
        set.exec_async(connection).await?;
        redis::cmd("DEL").arg(&*key).exec_async(connection).await?;
        Ok(1)
    })
    .await
}
