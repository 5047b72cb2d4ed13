//! The one consumer loop: a batch in, one commit, acknowledgements out.
//!
//! It takes what waits, up to [`BATCH`], and does not wait for a batch to fill, unless its subscriber has the time
//! ([`LINGER`](crate::Reaction::LINGER)). A batch that fails is run again message by
//! message, so that one poison message costs only itself. Acknowledgements follow the commit and may be lost: the inbox,
//! not the acknowledgement, is what makes an effect happen once.
//!
//! [`commit()`] is the one way in which events have their effect; dead letters that are sent again take it too ([`redrive`]).

mod commit;
mod lag;
mod limits;
mod pull;
pub mod redrive;
mod subscription;

use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream::{self, AckKind};
use livemart_contracts::{EventId, Trace};
use tokio_util::sync::CancellationToken;

pub use commit::commit;
pub(crate) use commit::{commit_in, ids};
pub use limits::Limits;
pub use subscription::{Incoming, Kind, Subscription, Verdict};

use crate::backoff::Backoff;
use crate::dead_letter::{self, History, Reason};
use crate::envelope::{Attributes, span_attributes};
use crate::reaction::{Decision, Failure};
use crate::span::{self, Span, Started};
use crate::store::Store;
use crate::{crash, metrics};
use pull::Puller;

/// Messages in one transaction. Larger batches gain less than a tenth and make the last message of a batch wait.
pub const BATCH: usize = 256;

/// While the database is away: how often to look for it, and to tell the server that the batch is still in hand.
const DATABASE_RETRY: Backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(2) };

/// First errors remembered for the dead letters; beyond it the oldest story is lost, not the message.
const REMEMBERED_ERRORS: usize = 1_024;

/// Runs one subscription of one replica.
pub struct Consumer {
    subscription: Subscription,
    store: Store,
    jetstream: jetstream::Context,
    limits: Limits,
    first_errors: HashMap<EventId, String>,
}

/// A message with its attributes read.
struct Received {
    message: jetstream::Message,
    incoming: Incoming,
    /// The span that made the event; what is done with it has one of its own.
    made: Trace,
    started: Started,
}

impl Received {
    fn id(&self) -> EventId {
        self.incoming.attributes.id
    }

    fn delivered(&self) -> i64 {
        self.message.info().map_or(1, |info| info.delivered)
    }

    /// What became of it.
    fn record(&self, durable: &'static str, decision: &'static str, error: Option<&str>) {
        let trace = self.incoming.attributes.trace;
        self.started.end(trace, |started| {
            let mut attributes = span_attributes("process", &self.incoming.subject, self.id());
            attributes.push(("messaging.consumer.group.name", durable.into()));
            attributes.push(("livemart.decision", decision.into()));
            Span {
                name: format!("process {}", self.incoming.subject),
                kind: span::Kind::Consumer,
                trace,
                parent: Some(self.made),
                started,
                attributes,
                error: error.map(str::to_owned),
            }
        });
    }
}

impl Consumer {
    pub fn new(subscription: Subscription, store: Store, jetstream: jetstream::Context) -> Self {
        // A counter that begins with its first event shows no increase at it.
        for reason in Reason::ALL {
            metrics::DEAD_LETTERS.with_label_values(&[subscription.durable, reason.as_str()]).inc_by(0);
        }
        Self { subscription, store, jetstream, limits: Limits::default(), first_errors: HashMap::new() }
    }

    /// With other limits than [`Limits::default`].
    pub fn within(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Runs until `stop`; what is in hand then is finished, what is not yet begun is given back.
    pub async fn run(self, stop: CancellationToken) {
        let (client, subscription, store) = (self.jetstream.client(), self.subscription.clone(), self.store.clone());
        let jetstream = self.jetstream.clone();
        tokio::join!(
            self.consume(&stop),
            redrive::serve(&client, &subscription, &store, &stop),
            lag::measure(&jetstream, &subscription, &stop)
        );
    }

    async fn consume(mut self, stop: &CancellationToken) {
        let mut puller = Puller::new(self.jetstream.clone(), self.subscription.stream, self.subscription.durable);
        let (at_most, linger) = (self.store.batch(BATCH), self.subscription.linger);
        while let Some(messages) = puller.next(at_most, linger, stop).await {
            self.receive(messages, stop).await;
        }
        for message in puller.take_buffered() {
            self.settle(&message, AckKind::Nak(None)).await;
        }
    }

    async fn receive(&mut self, messages: Vec<jetstream::Message>, stop: &CancellationToken) {
        let mut batch = Vec::with_capacity(messages.len());
        for message in messages {
            match Attributes::read(message.headers.as_ref().unwrap_or(&async_nats::HeaderMap::new())) {
                Ok(read) => {
                    let started = Started::now();
                    let attributes = Attributes { trace: started.within(read.trace), ..read };
                    let incoming =
                        Incoming { attributes, subject: message.subject.to_string(), payload: message.payload.clone() };
                    batch.push(Received { message, incoming, made: read.trace, started });
                }
                Err(error) => self.bury(&message, Reason::Malformed, &error.to_string()).await,
            }
        }
        if !batch.is_empty() {
            self.process(batch, stop).await;
        }
    }

    /// Commits the batch as a whole or, where that fails, each message by itself.
    async fn process(&mut self, batch: Vec<Received>, stop: &CancellationToken) {
        let Some(batch) = self.commit_or_return(batch, stop).await else { return };
        for received in batch {
            self.commit_or_return(vec![received], stop).await;
        }
    }

    /// Commits `batch` and settles its messages. A batch of several that cannot be committed comes back.
    async fn commit_or_return(&mut self, batch: Vec<Received>, stop: &CancellationToken) -> Option<Vec<Received>> {
        let mut outages = 0;
        loop {
            let started = tokio::time::Instant::now();
            let incoming: Vec<&Incoming> = batch.iter().map(|received| &received.incoming).collect();
            let failure = match commit(&self.subscription, &self.store, &incoming).await {
                Ok(verdicts) => {
                    crash::point(crash::BEFORE_ACK, || [self.subscription.durable]);
                    metrics::PROCESS_SECONDS
                        .with_label_values(&[self.subscription.durable])
                        .observe(started.elapsed().as_secs_f64());
                    self.conclude(batch, verdicts).await;
                    return None;
                }
                Err(failure) => failure,
            };
            if let Failure::Unavailable(error) = failure {
                outages += 1;
                if !self.hold(&batch, &error, outages, stop).await {
                    return None;
                }
            } else if batch.len() > 1 {
                tracing::debug!(durable = self.subscription.durable, error = %failure, "a batch failed, running it message by message");
                return Some(batch);
            } else {
                for received in &batch {
                    self.fail(received, &failure).await;
                }
                return None;
            }
        }
    }

    /// Acknowledges, postpones or buries, as decided. Runs after the commit.
    async fn conclude(&mut self, batch: Vec<Received>, verdicts: Vec<Verdict>) {
        let durable = self.subscription.durable;
        for (received, verdict) in batch.into_iter().zip(verdicts) {
            let decision = match verdict {
                Verdict::Malformed(error) => {
                    received.record(durable, "malformed", Some(&error));
                    self.bury(&received.message, Reason::Malformed, &error).await;
                    continue;
                }
                Verdict::Decided(decision) => decision,
            };
            metrics::DECISIONS.with_label_values(&[durable, decision.name()]).inc();
            received.record(durable, decision.name(), None);
            match decision {
                Decision::NotYet(_) if received.delivered() >= self.limits.attempts => {
                    self.bury(&received.message, Reason::NeverCaused, "what it answers has not arrived").await;
                }
                Decision::NotYet(after) => self.settle(&received.message, AckKind::Nak(Some(after))).await,
                Decision::Applied => {
                    let age = self.store.clock().now() - received.incoming.attributes.time;
                    let age = age.to_std().unwrap_or_default().as_secs_f64();
                    metrics::EVENT_AGE_SECONDS.with_label_values(&[durable]).observe(age);
                    self.first_errors.remove(&received.id());
                    self.settle(&received.message, AckKind::Ack).await;
                }
                Decision::Duplicate | Decision::Ignored(_) => {
                    self.first_errors.remove(&received.id());
                    self.settle(&received.message, AckKind::Ack).await;
                }
            }
        }
    }

    /// A single message failed: try it again later, or give it up.
    async fn fail(&mut self, received: &Received, failure: &Failure) {
        let delivered = received.delivered();
        let error = failure.to_string();
        let durable = self.subscription.durable;
        received.record(durable, "failed", Some(&error));
        if matches!(failure, Failure::Reject(_)) {
            self.bury(&received.message, Reason::Rejected, &error).await;
        } else if delivered >= self.limits.attempts {
            self.bury(&received.message, Reason::Exhausted, &error).await;
        } else {
            if self.first_errors.len() >= REMEMBERED_ERRORS {
                self.first_errors.clear();
            }
            let pause = self.limits.retry.after(u32::try_from(delivered).unwrap_or(u32::MAX));
            let trace_id = received.made.trace_id();
            tracing::warn!(durable, event_id = %received.id(), trace_id, delivered, error, retry_in_ms = pause.as_millis(), "an event failed");
            self.first_errors.entry(received.id()).or_insert(error);
            self.settle(&received.message, AckKind::Nak(Some(pause))).await;
        }
    }

    /// Waits for the database with the batch in hand, so that an outage does not use up its deliveries. `false` when the
    /// service stops first.
    async fn hold(&self, batch: &[Received], error: &sea_orm::DbErr, outages: u32, stop: &CancellationToken) -> bool {
        let durable = self.subscription.durable;
        tracing::warn!(durable, %error, waiting = batch.len(), "the database is away, holding a batch");
        let mut looks = outages;
        loop {
            tokio::select! {
                () = tokio::time::sleep(DATABASE_RETRY.after(looks)) => {}
                () = stop.cancelled() => {
                    for received in batch {
                        self.settle(&received.message, AckKind::Nak(None)).await;
                    }
                    return false;
                }
            }
            for received in batch {
                self.settle(&received.message, AckKind::Progress).await;
            }
            if self.store.ping().await.is_ok() {
                return true;
            }
            looks += 1;
        }
    }

    async fn bury(&mut self, message: &jetstream::Message, reason: Reason, error: &str) {
        let durable = self.subscription.durable;
        let id = message.headers.as_ref().and_then(|headers| Attributes::read(headers).ok()).map(|read| read.id);
        let first_error = id.and_then(|id| self.first_errors.remove(&id)).unwrap_or_else(|| error.to_owned());
        let history = History { reason, first_error: &first_error, last_error: error, now: self.store.clock().now() };
        tracing::error!(
            durable,
            event_id = id.map(tracing::field::display),
            reason = reason.as_str(),
            error,
            "an event goes to the dead letters"
        );
        if let Err(error) = dead_letter::bury(&self.jetstream, durable, message, history).await {
            // Neither copied nor ended: the server delivers it again, and it is buried then.
            tracing::warn!(durable, %error, "the dead letter could not be stored, trying again");
            self.settle(message, AckKind::Nak(Some(self.limits.retry.longest))).await;
        }
    }

    /// A settlement that is lost leads to another delivery, which the inbox recognises.
    async fn settle(&self, message: &jetstream::Message, kind: AckKind) {
        if let Err(error) = message.ack_with(kind).await {
            tracing::debug!(durable = self.subscription.durable, %error, "an acknowledgement was not sent");
        }
    }
}
