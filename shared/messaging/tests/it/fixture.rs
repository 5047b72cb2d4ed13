//! Two services on servers of their own: the inventory announces, the order service reacts.

use std::collections::BTreeMap;

use async_nats::jetstream;
use futures::TryStreamExt;
use livemart_contracts::events::{OrderCancelled, OrderConfirmed, StockReserved};
use livemart_contracts::{Clock, Event, OrderId, Stream};
use livemart_messaging::relay::{self, Relay};
use livemart_messaging::wake::Wakes;
use livemart_messaging::{Cause, Store};
use livemart_testing::{Broker, Database, connect, database, eventually, nats};
use sea_orm::{ConnectOptions, ConnectionTrait, Database as Connect, FromQueryResult};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub struct Bench {
    pub broker: Broker,
    pub database: Database,
    pub clock: Clock,
}

/// A loop that a test started.
pub struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    pub fn start<F: Future<Output = ()> + Send + 'static>(run: impl FnOnce(CancellationToken) -> F) -> Self {
        let stop = CancellationToken::new();
        #[expect(clippy::disallowed_methods, reason = "a test has no runtime of a service")]
        let task = tokio::spawn(run(stop.clone()));
        Self { stop, task }
    }

    /// As a service stops: what is in hand is finished.
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("the loop ends without a panic");
    }

    /// As a process dies: in the middle of whatever it does.
    pub async fn abort(self) {
        self.task.abort();
        assert!(self.task.await.is_err_and(|error| error.is_cancelled()));
    }
}

/// What the outbox knows of one event.
#[derive(Debug, Clone, FromQueryResult)]
pub struct OutboxRow {
    pub subject: String,
    pub aggregate_id: String,
    pub stream_sequence: Option<i64>,
}

impl Bench {
    pub async fn start() -> Self {
        let (broker, database) = (nats().await, database().await);
        Self { broker, database, clock: Clock::default() }
    }

    pub async fn orders(&self) -> Store {
        self.store("order", vec![OrderConfirmed::SUBJECT, OrderCancelled::SUBJECT]).await
    }

    pub async fn inventory(&self) -> Store {
        self.store("inventory", vec![StockReserved::SUBJECT]).await
    }

    async fn store(&self, service: &'static str, emits: Vec<&'static str>) -> Store {
        let mut options = ConnectOptions::new(self.database.url(service));
        options.max_connections(8).sqlx_logging(false);
        let db = Connect::connect(options).await.expect("a database");
        let (wakes, _) = Wakes::new();
        Store::new(db, self.clock, wakes, service, emits)
    }

    /// JetStream as the service whose store this is.
    pub async fn jetstream(&self, user: &str) -> jetstream::Context {
        jetstream::new(connect(&self.broker, user).await)
    }

    pub async fn relay(&self, store: &Store, stream: Stream) -> Running {
        let relay = Relay {
            service: store.service(),
            stream,
            database: store.db().get_postgres_connection_pool().connect_options(),
            jetstream: self.jetstream(store.service()).await,
            wakes: store.wakes().clone(),
            clock: self.clock,
            batch: store.batch(relay::BATCH),
        };
        Running::start(|stop| relay.run(stop))
    }

    /// The stream is lost with its durables, and is created anew, empty, with the same ones.
    pub async fn lose(&self, stream: Stream) {
        let jetstream = self.jetstream("operator").await;
        let lost = jetstream.get_stream(stream.name()).await.expect("the stream");
        let durables: Vec<_> = lost.consumers().try_collect().await.expect("its durables");
        jetstream.delete_stream(stream.name()).await.expect("it can be deleted");
        let anew = jetstream.create_stream(lost.cached_info().config.clone()).await.expect("it can be created");
        for durable in durables {
            anew.create_consumer(durable.config).await.expect("a durable can be created");
        }
    }

    /// A reservation of a new order.
    pub fn reserved(&self) -> StockReserved {
        StockReserved {
            order_id: self.clock.new_id(),
            reservation_id: self.clock.new_id(),
            lines: Vec::new(),
            expires_at: self.clock.now(),
        }
    }

    pub fn confirmed(&self, order_id: OrderId) -> OrderConfirmed {
        OrderConfirmed { order_id, customer_id: self.clock.new_id() }
    }

    /// Bodies of the stream's messages, in its order.
    pub async fn messages(&self, stream: Stream) -> Vec<jetstream::message::StreamMessage> {
        let jetstream = self.jetstream("operator").await;
        let stream = jetstream.get_stream(stream.name()).await.expect("the stream");
        let last = stream.cached_info().state.last_sequence;
        let mut messages = Vec::new();
        for sequence in 1..=last {
            messages.push(stream.get_raw_message(sequence).await.expect("no gap in the stream"));
        }
        messages
    }
}

/// Commits `events` in one step.
pub async fn commit<E: Event>(store: &Store, events: &[E]) {
    let mut work = store.begin().await.expect("a transaction");
    for event in events {
        work.emit(Cause::timer(), event);
    }
    work.commit().await.expect("a commit");
}

pub async fn outbox(store: &Store) -> Vec<OutboxRow> {
    let rows =
        livemart_messaging::sql("SELECT subject, aggregate_id, stream_sequence FROM outbox ORDER BY position", []);
    OutboxRow::find_by_statement(rows).all(store.db()).await.expect("the outbox")
}

/// Waits until every row of the outbox but `but` is published.
pub async fn published(store: &Store, but: usize) {
    eventually("the outbox is published", async || {
        let waiting = outbox(store).await.iter().filter(|row| row.stream_sequence.is_none()).count();
        if waiting == but { Ok(()) } else { Err(format!("{waiting} rows wait")) }
    })
    .await;
}

/// How often each decision stands in the inbox.
pub async fn decisions(store: &Store) -> BTreeMap<String, i64> {
    let rows = livemart_messaging::sql("SELECT decision, count(*) AS many FROM inbox GROUP BY decision", []);
    let rows = store.db().query_all_raw(rows).await.expect("the inbox");
    rows.iter()
        .map(|row| (row.try_get("", "decision").expect("text"), row.try_get("", "many").expect("number")))
        .collect()
}

/// A header of a stored message, which has it.
pub fn header(message: &jetstream::message::StreamMessage, name: &str) -> String {
    message.headers.get(name).unwrap_or_else(|| panic!("no header {name}")).to_string()
}
