//! One service on a broker and a database of its own, and everything that a case does to them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::jetstream::message::{PublishMessage, StreamMessage};
use async_nats::jetstream::{self, consumer};
use async_nats::{HeaderMap, Request};
use chrono::SecondsFormat;
use livemart_contracts::stream::{dead_letter_subject, redrive_subject};
use livemart_contracts::{Clock, Event, EventId, Trace};
use livemart_messaging::consumer::redrive::Answer;
use livemart_messaging::consumer::{self as consuming, Consumer, Incoming, Kind, Limits, Subscription, Verdict};
use livemart_messaging::dead_letter::{BODY, STREAM_SEQUENCE, of_the_event};
use livemart_messaging::envelope::{Attributes, CE_ID, CE_TIME};
use livemart_messaging::replay::{Replay, Report, Start};
use livemart_messaging::wake::Wakes;
use livemart_messaging::{Decision, Store};
use livemart_runtime::Service;
use sea_orm::{ConnectOptions, Database as Connect};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::books::Books;
use super::link::Link;
use super::recording::{Recording, unread};
use super::{Effects, Saga};
use crate::broker::{Broker, connect, connect_at, nats};
use crate::database::{Database, database};
use crate::eventually::eventually;

/// How soon the broker delivers again what a dead replica had in hand; in the shop it is ten seconds.
const ACK_WAIT: Duration = Duration::from_secs(1);

/// Fails every commit that decides about an event, after all of its statements worked; counts them outside the
/// transaction, where a rollback does not reach.
const FAULT: &str = "
    CREATE SEQUENCE contract_failures;
    CREATE FUNCTION contract_fail() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        PERFORM nextval(TG_TABLE_SCHEMA || '.contract_failures');
        RAISE EXCEPTION 'this commit fails';
    END $$";
const FAIL: &str = "
    CREATE CONSTRAINT TRIGGER contract_fails AFTER INSERT ON inbox DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION contract_fail()";
const MEND: &str = "DROP TRIGGER IF EXISTS contract_fails ON inbox";

/// A service under test.
pub struct Bench {
    pub clock: Clock,
    subscriptions: Vec<Subscription>,
    tried: Subscription,
    service: &'static str,
    store: Store,
    /// The superuser, in the schema of the service.
    admin: PgPool,
    operator: jetstream::Context,
    own: jetstream::Context,
    broker: Broker,
    database: Database,
    /// The stream sequence of the last message that was published here.
    published: AtomicU64,
}

/// A replica's consumer.
pub(super) struct Replica {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Replica {
    /// As a service stops: what is in hand is finished.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap_or_else(|error| panic!("the consumer ended: {error}"));
    }

    /// As a process dies.
    pub(super) async fn dies(self) {
        self.task.abort();
        // Cancelled, which is what was asked for.
        drop(self.task.await);
    }
}

impl Bench {
    /// For the reaction or projection `durable` of `service`.
    pub(super) async fn start(service: &Service, durable: &str) -> Self {
        let (broker, database) = tokio::join!(nats(), database());
        let clock = Clock::default();
        let mut options = ConnectOptions::new(database.url(service.name()));
        options.max_connections(8).sqlx_logging(false);
        let db = Connect::connect(options).await.unwrap_or_else(|error| panic!("{error}"));
        let (wakes, _) = Wakes::new();
        let store = Store::new(db, clock, wakes, service.name(), service.subjects().to_vec());
        let tried = service.subscriptions().iter().find(|subscription| subscription.durable == durable);
        let tried = tried.unwrap_or_else(|| panic!("{} does not react with {durable}", service.name())).clone();
        let bench = Self {
            clock,
            subscriptions: service.subscriptions().to_vec(),
            published: AtomicU64::new(0),
            tried,
            service: service.name(),
            admin: admin(&database, service.name()).await,
            operator: jetstream::new(connect(&broker, "operator").await),
            own: jetstream::new(connect(&broker, service.name()).await),
            store,
            broker,
            database,
        };
        bench.execute(FAULT).await;
        bench.shorten_the_wait().await.unwrap_or_else(|error| panic!("{durable} cannot be changed: {error}"));
        bench
    }

    /// Runs `sql`, as the superuser, in the service's schema: for what no event of another service can bring about.
    pub async fn execute(&self, sql: &str) {
        let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&self.admin).await;
        done.unwrap_or_else(|error| panic!("{error}: {sql}"));
    }

    /// Lets the service hear of `event` on another of its durables, as its consumer would commit it.
    pub async fn hears<E: Event>(&self, durable: &str, event: &E) -> Decision {
        let subscription = self.subscriptions.iter().find(|subscription| subscription.durable == durable);
        let subscription = subscription.unwrap_or_else(|| panic!("{} has no {durable}", self.service));
        let (id, time) = (self.clock.new_id(), self.clock.now());
        let attributes = Attributes { id, time, trace: Trace::start(), cause: None };
        let incoming = Incoming { attributes, subject: E::SUBJECT.to_owned(), payload: body(event).into() };
        let verdicts = consuming::commit(subscription, &self.store, &[&incoming]).await;
        match verdicts.map(|verdicts| verdicts.into_iter().next()) {
            Ok(Some(Verdict::Decided(decision))) => decision,
            other => panic!("{durable} does not take {}: {other:?}", E::SUBJECT),
        }
    }

    /// Fails where a projection is to have an effect beyond its tables and what is `derived` from them.
    pub(super) fn is_within_its_tables(&self, effects: Effects, derived: &[&str]) {
        if self.tried.kind == Kind::Projection {
            let is_its_own =
                |change: &&str| derived.contains(change) || self.tried.tables.iter().any(|table| table.name == *change);
            let changes = effects.changes.iter().all(is_its_own);
            let alone = effects.emits.is_empty() && effects.asks.is_empty();
            assert!(changes && alone, "{} writes {:?} only, not: {effects}", self.durable(), self.tried.tables);
        }
    }

    pub(super) fn saga(&self) -> Saga {
        Saga::new(self.clock)
    }

    pub(super) fn durable(&self) -> &'static str {
        self.tried.durable
    }

    /// Forgets what a case before this one left unfinished.
    pub(super) async fn clear(&self) {
        self.mend().await;
        self.execute("ALTER SEQUENCE contract_failures RESTART").await;
        let name = self.tried.stream.name();
        let stream = self.operator.get_stream(name).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        stream.purge().await.unwrap_or_else(|error| panic!("{name} cannot be emptied: {error}"));
    }

    pub(super) async fn books(&self) -> Books {
        Books::read(&self.admin, self.durable()).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Stores `payload` as the body of the event `id`. Each call is one message, whatever its id.
    pub(super) async fn publish(&self, subject: &'static str, id: EventId, payload: Vec<u8>) {
        let mut headers = HeaderMap::new();
        headers.insert(CE_ID, id.to_string());
        headers.insert(CE_TIME, self.clock.now().to_rfc3339_opts(SecondsFormat::Micros, true));
        let message_id = self.clock.new_id::<livemart_contracts::ids::EventTag>().to_string();
        let message = PublishMessage::build().headers(headers).payload(payload.into()).message_id(message_id);
        let stored = async { self.operator.send_publish(subject, message).await?.await };
        let stored = stored.await.unwrap_or_else(|error| panic!("{subject} cannot be published: {error}"));
        self.published.fetch_max(stored.sequence, Ordering::Relaxed);
    }

    pub(super) fn replica(&self, limits: Limits) -> Replica {
        self.replica_at(self.own.clone(), limits)
    }

    /// A replica whose connection to the broker can be cut.
    pub(super) async fn replica_on_a_link(&self) -> (Replica, Link) {
        let link = Link::to(self.broker.ports.nats).await.unwrap_or_else(|error| panic!("no port is free: {error}"));
        let client = connect_at(&link.url(), &self.broker, self.service).await;
        (self.replica_at(jetstream::new(client), Limits::default()), link)
    }

    fn replica_at(&self, jetstream: jetstream::Context, limits: Limits) -> Replica {
        let stop = CancellationToken::new();
        let consumer = Consumer::new(self.tried.clone(), self.store.clone(), jetstream).within(limits);
        let task = tokio::spawn(consumer.run(stop.clone()));
        Replica { stop, task }
    }

    async fn durable_info(&self) -> Result<consumer::Info, String> {
        let found: Result<consumer::PullConsumer, _> =
            self.operator.get_consumer_from_stream(self.durable(), self.tried.stream.name()).await;
        found.map(|consumer| consumer.cached_info().clone()).map_err(|error| error.to_string())
    }

    /// How often the durable has delivered anything.
    pub(super) async fn deliveries(&self) -> u64 {
        self.durable_info().await.unwrap_or_else(|error| panic!("{error}")).delivered.consumer_sequence
    }

    pub(super) async fn delivered(&self, at_least: u64) {
        eventually("the event is delivered", async || {
            let seen = self.durable_info().await?.delivered.consumer_sequence;
            if seen >= at_least { Ok(()) } else { Err(format!("{seen} of {at_least} deliveries")) }
        })
        .await;
    }

    /// Waits until the durable has nothing left to deliver or to hear of.
    pub(super) async fn settled(&self) {
        eventually("every event is settled", async || {
            let info = self.durable_info().await?;
            let left = (info.num_pending, info.num_ack_pending);
            // The server counts a message as waiting a moment after it has stored it.
            let heard = info.ack_floor.stream_sequence >= self.published.load(Ordering::Relaxed);
            if left == (0, 0) && heard { Ok(()) } else { Err(format!("{} waiting, {} in hand", left.0, left.1)) }
        })
        .await;
    }

    pub(super) async fn decided(&self, event: EventId) {
        eventually("the step is committed", async || self.books().await.decision(event).map(drop).ok_or("no decision"))
            .await;
    }

    /// Holds every step of the service at what it writes into the inbox, until the answer is given to [`Bench::release`].
    pub(super) async fn hold(&self) -> Transaction<'static, Postgres> {
        let held = async {
            let mut transaction = self.admin.begin().await?;
            sqlx::raw_sql("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE").execute(&mut *transaction).await?;
            Ok::<_, sqlx::Error>(transaction)
        };
        held.await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Waits until as many `steps` are held up, each by [`Self::hold`] or by one that is; runs `meanwhile` at every look.
    pub(super) async fn held_up(&self, steps: i64, meanwhile: impl AsyncFn()) {
        let waiting = "SELECT count(*) FROM pg_stat_activity
             WHERE wait_event_type = 'Lock' AND datname = current_database()";
        eventually("the steps have their event in hand", async || {
            meanwhile().await;
            let seen: i64 =
                sqlx::query_scalar(waiting).fetch_one(&self.admin).await.map_err(|error| error.to_string())?;
            if seen >= steps { Ok(()) } else { Err(format!("{seen} of {steps}")) }
        })
        .await;
    }

    pub(super) async fn release(&self, held: Transaction<'static, Postgres>) {
        held.commit().await.unwrap_or_else(|error| panic!("{error}"));
    }

    /// From here on no step commits.
    pub(super) async fn fail(&self) {
        self.execute(FAIL).await;
    }

    pub(super) async fn mend(&self) {
        self.execute(MEND).await;
    }

    pub(super) async fn failed(&self) {
        eventually("a commit fails", async || {
            let failed: bool = sqlx::query_scalar("SELECT is_called FROM contract_failures")
                .fetch_one(&self.admin)
                .await
                .map_err(|error| error.to_string())?;
            if failed { Ok(()) } else { Err("none has".to_owned()) }
        })
        .await;
    }

    /// Waits for the dead letter of the event `id`.
    pub(super) async fn dead_letter(&self, id: EventId) -> StreamMessage {
        let subject = dead_letter_subject(self.durable());
        eventually("the event is among the dead letters", async || {
            let stream = self.operator.get_stream("DEAD_LETTERS").await.map_err(|error| error.to_string())?;
            let letter = stream.get_last_raw_message_by_subject(&subject).await.map_err(|error| error.to_string())?;
            match header(&letter, CE_ID) {
                Some(found) if found == id.to_string() => Ok(letter),
                other => Err(format!("the newest one is about {other:?}")),
            }
        })
        .await
    }

    /// The message that a dead letter without a body is about.
    async fn original(&self, letter: &StreamMessage) -> StreamMessage {
        let sequence = header(letter, STREAM_SEQUENCE).and_then(|sequence| sequence.parse().ok());
        let sequence = sequence.unwrap_or_else(|| panic!("{letter:?} does not say where its message is"));
        let stream = self.operator.get_stream(self.tried.stream.name()).await;
        let stream = stream.unwrap_or_else(|error| panic!("{error}"));
        stream.get_raw_message(sequence).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Sends a dead letter again, as `just dlq retry` does.
    pub(super) async fn redrive(&self, letter: &StreamMessage) -> Answer {
        let payload = match header(letter, BODY) {
            Some(_) => self.original(letter).await.payload,
            None => letter.payload.clone(),
        };
        let request = Request::new().headers(of_the_event(&letter.headers)).payload(payload);
        let client = self.operator.client();
        let reply = client.send_request(redrive_subject(self.durable()), request).await;
        let reply = reply.unwrap_or_else(|error| panic!("{} does not answer: {error}", self.durable()));
        serde_json::from_slice(&reply.payload).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Forgets what the projection was told, with its rows: from here on its stream tells all of it.
    pub(super) async fn forget(&self) {
        self.execute("DELETE FROM inbox").await;
        self.lose_rows().await;
    }

    pub(super) async fn lose_rows(&self) {
        for table in self.tried.tables {
            self.execute(&format!("DELETE FROM {}", table.name)).await;
        }
    }

    /// Replays the projection as its service's own role, and exchanges the rows that differ.
    pub(super) async fn replay(&self) -> Report {
        let (url, subscriptions) = (self.database.url(self.service), &self.subscriptions);
        let replayed = async {
            let replay = Replay::open(&url, self.service, subscriptions, self.durable(), Start::Beginning).await;
            let stream = self.operator.get_stream(self.tried.stream.name()).await.map_err(unread)?;
            replay?.compare(&mut Recording::of(stream), true).await
        };
        replayed.await.unwrap_or_else(|error| panic!("{error}"))
    }

    async fn shorten_the_wait(&self) -> Result<(), async_nats::Error> {
        let stream = self.operator.get_stream(self.tried.stream.name()).await?;
        let durable: consumer::PullConsumer = stream.get_consumer(self.durable()).await?;
        let config = consumer::Config { ack_wait: ACK_WAIT, ..durable.cached_info().config.clone() };
        let config = <consumer::pull::Config as consumer::FromConsumer>::try_from_consumer_config(config)?;
        stream.update_consumer(config).await?;
        Ok(())
    }
}

async fn admin(database: &Database, service: &str) -> PgPool {
    let connected = async {
        let own = PgPoolOptions::new().max_connections(1).connect(&database.url(service)).await?;
        let schema: String = sqlx::query_scalar("SELECT current_schema()::text").fetch_one(&own).await?;
        own.close().await;
        let options: PgConnectOptions = database.admin_url().parse()?;
        PgPoolOptions::new().max_connections(4).connect_with(options.options([("search_path", schema)])).await
    };
    connected.await.unwrap_or_else(|error: sqlx::Error| panic!("{error}"))
}

pub(super) fn body<E: Event>(event: &E) -> Vec<u8> {
    serde_json::to_vec(event).unwrap_or_else(|error| panic!("{} is no JSON: {error}", E::SUBJECT))
}

pub(super) fn header<'a>(letter: &'a StreamMessage, name: &str) -> Option<&'a str> {
    letter.headers.get(name).map(|value| value.as_str())
}
