//! What must hold before a service starts, and while it is ready.

use anyhow::{Context as _, bail, ensure};
use async_nats::connection::State;
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer};
use async_trait::async_trait;
use livemart_messaging::Store;
use livemart_messaging::consumer::Subscription;
use livemart_web::health::Check;
use sea_orm::ConnectionTrait;

use crate::nats::Nats;

/// Refuses to start on a schema that is not migrated.
pub(crate) async fn schema(store: &Store) -> anyhow::Result<()> {
    for table in ["outbox", "inbox", "tasks", "idempotency_keys", "relay_state"] {
        store
            .db()
            .execute_unprepared(&format!("SELECT FROM {table} WHERE false"))
            .await
            .with_context(|| format!("the schema has no usable table {table}: run `livemart migrate`"))?;
    }
    Ok(())
}

/// Refuses to start on a durable that is missing or differs from what this service declares.
pub(crate) async fn durable(nats: &Nats, subscription: &Subscription) -> anyhow::Result<()> {
    let (durable, stream) = (subscription.durable, subscription.stream.name());
    let advice = "run `livemart streams apply`";
    let consumer: Result<PullConsumer, _> = nats.jetstream().get_consumer_from_stream(durable, stream).await;
    let consumer =
        consumer.with_context(|| format!("{stream} has no durable {durable} that this user may use: {advice}"))?;

    let config = &consumer.cached_info().config;
    let mut filters = config.filter_subjects.clone();
    filters.extend((!config.filter_subject.is_empty()).then(|| config.filter_subject.clone()));
    filters.sort_unstable();
    let mut declared = subscription.subjects.to_vec();
    declared.sort_unstable();
    ensure!(
        filters == declared,
        "the durable {durable} filters {filters:?}, this service reads {declared:?}: {advice}"
    );
    if config.ack_policy != AckPolicy::Explicit {
        bail!("the durable {durable} acknowledges {:?}, not explicitly: {advice}", config.ack_policy);
    }
    Ok(())
}

pub(crate) struct DatabaseAnswers(pub(crate) Store);

#[async_trait]
impl Check for DatabaseAnswers {
    fn name(&self) -> &'static str {
        "postgres"
    }

    async fn check(&self) -> Result<(), String> {
        self.0.ping().await.map_err(|error| error.to_string())
    }
}

pub(crate) struct NatsConnected(pub(crate) Nats);

#[async_trait]
impl Check for NatsConnected {
    fn name(&self) -> &'static str {
        "nats"
    }

    async fn check(&self) -> Result<(), String> {
        match self.0.client().connection_state() {
            State::Connected => Ok(()),
            State::Pending | State::Disconnected => Err("not connected".to_owned()),
        }
    }
}
