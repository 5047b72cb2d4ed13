//! A stream made whole again from the outbox of its owner, under the original ids.
//!
//! Nothing is published from here. Rows of the outbox lose their mark, and the service's own relay publishes them again:
//! in their order, as it always does. What a consumer has seen its inbox drops.

mod accounted;
mod comparison;
mod outbox;

use anyhow::{Context as _, Result};
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::{self, ErrorCode, stream};
use livemart_contracts::{Clock, Stream};
use livemart_local::streams::{self, Definitions};
use sqlx::PgConnection;

use accounted::Accounted;
pub(crate) use comparison::{Comparison, Line};
use outbox::Outbox;

/// One stream, and the outbox that it is a copy of.
pub(crate) struct Rebuild {
    stream: Stream,
    client: async_nats::Client,
    jetstream: jetstream::Context,
    definitions: Definitions,
    outbox: Outbox,
}

impl Rebuild {
    pub(crate) async fn new(
        stream: Stream,
        client: async_nats::Client,
        database: PgConnection,
        definitions: &Definitions,
    ) -> Result<Self> {
        Ok(Self {
            stream,
            jetstream: jetstream::new(client.clone()),
            client,
            definitions: definitions.of_stream(stream.name()),
            outbox: Outbox::open(stream, database).await?,
        })
    }

    pub(crate) async fn is_there(&self) -> Result<bool> {
        Ok(self.find().await?.is_some())
    }

    /// What the outbox announced beside what the stream holds.
    pub(crate) async fn compare(&mut self) -> Result<Comparison> {
        let compared = compare(self.stream, Messages::Every, &self.jetstream, &mut self.outbox.database).await?;
        let (_, compared) = compared.with_context(|| format!("{} is gone", self.stream.name()))?;
        Ok(compared)
    }

    /// Has the events announced again that the last [`Self::compare`] missed, and says how many they are.
    pub(crate) async fn announce_missing(&mut self) -> Result<u64> {
        self.outbox.unmark_missing().await
    }

    /// Creates the stream and its durables, where it is there in place of it, and has everything announced again.
    pub(crate) async fn create(&mut self) -> Result<()> {
        let name = self.stream.name();
        if self.is_there().await? {
            self.jetstream.delete_stream(name).await.with_context(|| format!("delete the stream {name}"))?;
        }
        let plan = streams::plan(&self.client, &self.definitions).await?;
        streams::apply(&self.client, &self.definitions, &plan).await?;
        let created = self.find().await?.with_context(|| format!("{name} was created and is gone again"))?;
        let created = created.cached_info().created.unix_timestamp_nanos();
        self.outbox.unmark_all(created, Clock::default().now()).await
    }

    /// Waits until everything that is in the outbox now is published.
    pub(crate) async fn published(&mut self) -> Result<()> {
        self.outbox.published().await
    }

    async fn find(&self) -> Result<Option<stream::Stream>> {
        find(self.stream, &self.jetstream).await
    }
}

/// Which messages of a stream are read, one by one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Messages {
    Every,
    /// Those whose sequence the outbox does not account for.
    Unaccounted,
}

/// What the outbox of `stream` announced beside what the stream holds, and how many messages were not read for it; `None`
/// where the stream is gone.
pub(crate) async fn compare(
    stream: Stream,
    messages: Messages,
    jetstream: &jetstream::Context,
    database: &mut PgConnection,
) -> Result<Option<(u64, Comparison)>> {
    let Some(mut found) = find(stream, jetstream).await? else { return Ok(None) };
    outbox::enter(stream, database).await?;
    let accounted = match messages {
        Messages::Every => Accounted::nothing(),
        Messages::Unaccounted => Accounted::by_outbox(&mut found, database).await?,
    };
    let comparison =
        comparison::compare(stream, &accounted, &found, jetstream, database, Clock::default().now()).await?;
    Ok(Some((accounted.messages(), comparison)))
}

/// The stream as the server has it; `None` where it is gone.
pub(crate) async fn find(stream: Stream, jetstream: &jetstream::Context) -> Result<Option<stream::Stream>> {
    match jetstream.get_stream(stream.name()).await {
        Ok(found) => Ok(Some(found)),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(said) if said.error_code() == ErrorCode::STREAM_NOT_FOUND => Ok(None),
            _ => Err(error).with_context(|| format!("ask for the stream {}", stream.name())),
        },
    }
}
