//! Publishes the outbox. One replica of a service does it at a time.
//!
//! The events of an aggregate are published in the order in which they were committed: a later one never overtakes one
//! that failed. Every publish carries the event's id as `Nats-Msg-Id`, so what is sent twice is stored once.
//!
//! The right to publish is a session lock in Postgres, and every statement of the relay runs on the session that holds
//! it: a relay that lost its session cannot mark anything any more.
//!
//! It also watches over its stream: what the broker loses is announced again ([`loss`]).

mod loss;
mod marking;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::publish::PublishAck;
use chrono::{DateTime, Utc};
use futures::future::join_all;
use livemart_contracts::{Clock, Stream};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::batch::{self, BatchError, Outgoing};
use crate::envelope::{Attributes, CE_ID, header_map, span_attributes};
use crate::span::{self, Span, Started};
use crate::{crash, metrics, wake};
use marking::{Marked, Stored, Unmarked};

/// Rows published together. The server takes batches of up to 1,000; 256 reach three quarters of the best rate measured
/// and keep the acknowledgement of the first row quick.
pub const BATCH: usize = 256;

/// An atomic batch costs the server about as much as this many single publishes; below it, singles are quicker.
const ATOMIC_FROM: usize = 4;

/// How often a replica that does not publish asks whether it should.
const LEADERSHIP_POLL: Duration = Duration::from_secs(1);

/// How often the stream is compared with what is known of it. Sequences that it gives out twice are noticed at once.
const INSPECTION: Duration = Duration::from_secs(30);

/// After a failure of the broker or the database, before the next try.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), longest: Duration::from_secs(10) };

/// Aggregates with an event that the stream refuses; above this many, the whole relay backs off instead.
const BLOCKED_AT_MOST: usize = 1_000;

/// At stop, how long what is already committed may take to be published. What remains waits for the next start.
const FLUSH_LIMIT: Duration = Duration::from_millis(1_500);

/// Publishes the events of one service to its stream.
pub struct Relay {
    pub service: &'static str,
    pub stream: Stream,
    /// Where the outbox is: the relay opens a session of its own.
    pub database: Arc<PgConnectOptions>,
    pub jetstream: jetstream::Context,
    pub wakes: wake::Wakes,
    pub clock: Clock,
    /// Rows published together at most; [`BATCH`] serves best.
    pub batch: usize,
}

#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error("the outbox cannot be read or marked: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the stream cannot be published to: {0}")]
    Broker(String),
}

impl RelayError {
    fn stream(stream: Stream, error: &dyn fmt::Display) -> Self {
        let name = stream.name();
        Self::Broker(format!("{name}: {error} (if it is gone, `livemart rebuild-stream {name}` creates it again)"))
    }
}

/// An unpublished row of the outbox.
#[derive(Debug, sqlx::FromRow)]
struct Row {
    position: i64,
    aggregate_id: String,
    subject: String,
    headers: String,
    payload: String,
    created_at: DateTime<Utc>,
}

/// Which rows are in the stream.
type Published = Vec<Stored>;

/// Aggregates that wait because the stream refused their next event.
type Blocked = HashMap<String, (u32, Instant)>;

impl Relay {
    /// Runs until `stop`, whatever fails.
    pub async fn run(self, stop: CancellationToken) {
        // A counter that begins with its first event shows no increase at it.
        for kind in loss::Loss::KINDS {
            metrics::LOSSES.with_label_values(&[kind]).inc_by(0);
        }
        let mut failures = 0;
        while !stop.is_cancelled() {
            let outcome = self.lead(&stop, &mut failures).await;
            self.wakes.set_relays(false);
            if let Err(error) = outcome {
                failures += 1;
                let pause = BACKOFF.after(failures);
                tracing::warn!(%error, failures, pause_ms = pause.as_millis(), "publishing the outbox failed, trying again");
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    }

    /// Waits for the right to publish, then publishes until `stop`.
    async fn lead(&self, stop: &CancellationToken, failures: &mut u32) -> Result<(), RelayError> {
        let mut session = PgConnection::connect_with(&self.database).await?;
        while !try_lock(&mut session, self.service).await? {
            tokio::select! {
                () = tokio::time::sleep(LEADERSHIP_POLL) => {}
                () = stop.cancelled() => return Ok(()),
            }
        }
        // A mark that is lost with the server costs another publish under the same id. Nobody waits for the disk for that.
        sqlx::query("SET synchronous_commit = off").execute(&mut session).await?;
        // Before the broker is asked for anything: how long events wait counts most while it is away.
        self.measure(&waiting(&mut session, Vec::new(), Vec::new(), self.batch).await?);
        let mut atomic = self.allows_atomic().await?;
        self.wakes.set_relays(true);
        tracing::info!(stream = self.stream.name(), atomic, "this replica publishes the outbox");

        let mut blocked = Blocked::new();
        let mut unmarked = Unmarked::default();
        let mut flush_until = None;
        // Before anything is published: what is lost has its place before what is new.
        let mut inspect_at = Instant::now();
        loop {
            if unmarked.is_due() || stop.is_cancelled() || inspect_at <= Instant::now() {
                self.mark(&mut session, unmarked.take()).await?;
            }
            if inspect_at <= Instant::now() {
                self.inspect(&mut session, None).await?;
                inspect_at = Instant::now() + INSPECTION;
            }
            if stop.is_cancelled() && *flush_until.get_or_insert_with(|| Instant::now() + FLUSH_LIMIT) <= Instant::now()
            {
                return Ok(());
            }
            blocked.retain(|_, (_, until)| *until > Instant::now() || stop.is_cancelled());
            let waiting_behind = blocked.keys().cloned().collect();
            let rows = waiting(&mut session, waiting_behind, unmarked.positions(), self.batch).await?;
            self.measure(&rows);
            if !rows.is_empty() {
                let started = Started::now();
                let (published, failed) = self.publish(&rows, &mut atomic, &mut blocked).await;
                self.record(&rows, &published, started);
                crash::point(crash::BEFORE_MARK, || rows.iter().map(|row| row.subject.as_str()));
                if !unmarked.is_before(&published) {
                    self.mark(&mut session, unmarked.take()).await?;
                }
                let all = published.len() == rows.len();
                unmarked.add(published);
                if let Some(error) = failed {
                    self.mark(&mut session, unmarked.take()).await?;
                    return Err(error);
                }
                *failures = 0;
                if rows.len() == self.batch || !all || stop.is_cancelled() {
                    continue;
                }
                self.measure(&[]);
            }
            if stop.is_cancelled() {
                return self.mark(&mut session, unmarked.take()).await;
            }
            // What was committed since has left a wake: there is no need to look before.
            tokio::select! {
                () = self.wakes.outbox_woken() => {}
                () = sleep_until(unmarked.due()) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    async fn allows_atomic(&self) -> Result<bool, RelayError> {
        let stream = self.jetstream.get_stream(self.stream.name()).await;
        let stream = stream.map_err(|error| RelayError::stream(self.stream, &error))?;
        Ok(stream.cached_info().config.allow_atomic_publish)
    }

    async fn inspect(&self, session: &mut PgConnection, reused_from: Option<i64>) -> Result<(), RelayError> {
        loss::inspect(session, &self.jetstream, self.stream, self.clock.now(), reused_from).await
    }

    async fn mark(&self, session: &mut PgConnection, published: Published) -> Result<(), RelayError> {
        if let Marked::WentBack { reused_from } = marking::mark(session, &published, self.clock.now()).await? {
            self.inspect(session, Some(reused_from)).await?;
            // Should it have gone back once more, nothing is marked, and these are published again under their ids.
            marking::mark(session, &published, self.clock.now()).await?;
        }
        Ok(())
    }

    /// A span for each row that was sent, below the one that made it: between them it waited in the outbox.
    fn record(&self, rows: &[Row], published: &Published, started: Started) {
        if !started.is_wanted() {
            return;
        }
        let sent: HashSet<i64> = published.iter().map(|stored| stored.position).collect();
        for row in rows.iter().filter(|row| sent.contains(&row.position)) {
            let headers = header_map(&row.headers);
            let Ok(Attributes { id, trace: made, .. }) = Attributes::read(&headers) else { continue };
            started.end(made, |started| Span {
                name: format!("send {}", row.subject),
                kind: span::Kind::Producer,
                trace: made.child(),
                parent: Some(made),
                started,
                attributes: span_attributes("send", &row.subject, id),
                error: None,
            });
        }
    }

    fn measure(&self, rows: &[Row]) {
        metrics::OUTBOX_WAITING.set(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let oldest = rows.first().map_or(0, |row| (self.clock.now() - row.created_at).num_seconds());
        metrics::OUTBOX_OLDEST_SECONDS.set(oldest);
    }

    /// Publishes `rows`, and says what was stored even when something failed.
    async fn publish(&self, rows: &[Row], atomic: &mut bool, blocked: &mut Blocked) -> (Published, Option<RelayError>) {
        let outgoing: Vec<Outgoing> = rows.iter().map(outgoing).collect();
        if *atomic && rows.len() >= ATOMIC_FROM {
            match batch::publish(&self.jetstream.client(), &outgoing).await {
                Ok(last) => {
                    metrics::SENT.with_label_values(&["atomic"]).inc_by(rows.len() as u64);
                    let first = last + 1 - rows.len() as u64;
                    let stored =
                        |(row, sequence): (&Row, u64)| Stored { position: row.position, sequence, fresh: true };
                    return (rows.iter().zip(first..).map(stored).collect(), None);
                }
                Err(BatchError::Unsupported) => *atomic = false,
                // One of them was stored by an attempt that seemed to fail, or one of them is refused: singles tell which.
                Err(BatchError::Duplicate | BatchError::Refused { .. }) => {}
                Err(error @ BatchError::Unknown(_)) => {
                    return (Vec::new(), Some(RelayError::Broker(error.to_string())));
                }
            }
        }
        self.publish_singly(rows, outgoing, blocked).await
    }

    /// Publishes in waves, each holding the next event of every aggregate: the one before it is stored by then.
    async fn publish_singly(
        &self,
        rows: &[Row],
        outgoing: Vec<Outgoing>,
        blocked: &mut Blocked,
    ) -> (Published, Option<RelayError>) {
        let mut queues: BTreeMap<&str, VecDeque<(i64, Outgoing)>> = BTreeMap::new();
        for (row, message) in rows.iter().zip(outgoing) {
            queues.entry(&row.aggregate_id).or_default().push_back((row.position, message));
        }
        let mut published = Published::new();
        while !queues.is_empty() {
            let wave =
                queues.iter_mut().filter_map(|(aggregate, queue)| queue.pop_front().map(|next| (*aggregate, next)));
            let wave = wave.map(|(aggregate, (position, message))| async move {
                (aggregate, position, self.publish_one(message).await)
            });
            for (aggregate, position, outcome) in join_all(wave).await {
                match outcome {
                    Ok(PublishAck { sequence, duplicate, .. }) => {
                        blocked.remove(aggregate);
                        published.push(Stored { position, sequence, fresh: !duplicate });
                    }
                    Err(PublishFailure::Message(error)) if blocked.len() < BLOCKED_AT_MOST => {
                        queues.remove(aggregate);
                        let attempts = blocked.get(aggregate).map_or(1, |(attempts, _)| attempts + 1);
                        tracing::error!(aggregate, position, %error, attempts, "the stream refuses an event; later ones of its aggregate wait");
                        blocked.insert(aggregate.to_owned(), (attempts, Instant::now() + BACKOFF.after(attempts)));
                    }
                    Err(PublishFailure::Message(error) | PublishFailure::Broker(error)) => {
                        return (published, Some(RelayError::Broker(error)));
                    }
                }
            }
            queues.retain(|_, queue| !queue.is_empty());
        }
        (published, None)
    }

    async fn publish_one(&self, message: Outgoing) -> Result<PublishAck, PublishFailure> {
        let publish = jetstream::message::PublishMessage::build().headers(message.headers).payload(message.payload);
        let acknowledged = self.jetstream.send_publish(message.subject, publish).await.map_err(PublishFailure::from)?;
        let acknowledged = acknowledged.await.map_err(PublishFailure::from)?;
        metrics::SENT.with_label_values(&["single"]).inc();
        Ok(acknowledged)
    }
}

enum PublishFailure {
    /// This message is refused; others may pass.
    Message(String),
    /// Nothing passes, or nobody knows.
    Broker(String),
}

impl From<jetstream::context::PublishError> for PublishFailure {
    fn from(error: jetstream::context::PublishError) -> Self {
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => Self::Message(error.to_string()),
            // The server's words for err_code 10054; the client keeps no more of it than the text.
            PublishErrorKind::Other if error.to_string().contains("message size exceeds maximum allowed") => {
                Self::Message(error.to_string())
            }
            _ => Self::Broker(error.to_string()),
        }
    }
}

fn outgoing(row: &Row) -> Outgoing {
    let mut headers = header_map(&row.headers);
    if let Some(id) = headers.get(CE_ID).cloned() {
        headers.insert(async_nats::header::NATS_MESSAGE_ID, id);
    }
    Outgoing { subject: row.subject.clone(), headers, payload: row.payload.clone().into() }
}

async fn try_lock(session: &mut PgConnection, service: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtext('livemart-relay'), hashtext($1))")
        .bind(service)
        .fetch_one(session)
        .await
}

/// Never ends without a time.
async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The oldest rows that are not in the stream: `published` ones are, but not marked.
async fn waiting(
    session: &mut PgConnection,
    blocked: Vec<String>,
    published: Vec<i64>,
    at_most: usize,
) -> Result<Vec<Row>, sqlx::Error> {
    // Never `position > the last one`: a transaction that took its position earlier may commit later.
    sqlx::query_as(
        "SELECT position, aggregate_id, subject, headers::text AS headers, payload::text AS payload, created_at
         FROM outbox
         WHERE published_at IS NULL AND aggregate_id <> ALL ($1) AND position <> ALL ($3)
         ORDER BY position
         LIMIT $2",
    )
    .bind(blocked)
    .bind(i64::try_from(at_most).unwrap_or(i64::MAX))
    .bind(published)
    .fetch_all(session)
    .await
}
