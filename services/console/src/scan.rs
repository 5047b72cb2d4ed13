//! Reads what a stream holds now, and stops there.

pub(crate) mod direct;

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use async_nats::datetime;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::stream::Stream;
use async_nats::jetstream::{Context, Message};
use futures::{StreamExt as _, TryStreamExt as _};
use livemart_messaging::replay::Start;

use crate::terminal::Counter;

/// Messages of one request: enough to hide the way to the server.
const BATCH: usize = 2_000;
/// A server that is silent for this long in the middle of a request will not go on.
const SILENCE: Duration = Duration::from_secs(10);
/// When the server forgets the consumer of a program that was killed.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

/// What is wanted of a stream; everything by default.
#[derive(Clone, Default)]
pub(crate) struct Scan {
    pub(crate) start: Start,
    /// All of them when empty.
    pub(crate) subjects: Vec<String>,
    /// Bodies are left out: their sizes are not known, and most messages are only looked at to be passed over.
    pub(crate) headers_only: bool,
}

pub(crate) async fn stream(jetstream: &Context, name: &str) -> Result<Stream> {
    jetstream
        .get_stream(name)
        .await
        .with_context(|| format!("the stream {name} cannot be read; `livemart streams diff` says whether it is there"))
}

/// Everything in `stream` at this moment of which `keep` makes something. What is published meanwhile is left out.
pub(crate) async fn read<T>(stream: &Stream, scan: Scan, keep: impl FnMut(&Message) -> Option<T>) -> Result<Vec<T>> {
    let mut kept = Vec::new();
    read_into(stream, scan, keep, async |batch| {
        kept.extend(batch);
        Ok(())
    })
    .await?;
    Ok(kept)
}

/// As [`read`], but gives what is kept to `take`, batch by batch: for what may be more than fits into memory.
pub(crate) async fn read_into<T>(
    stream: &Stream,
    scan: Scan,
    mut keep: impl FnMut(&Message) -> Option<T>,
    mut take: impl AsyncFnMut(Vec<T>) -> Result<()>,
) -> Result<()> {
    let name = &stream.cached_info().config.name;
    let doing = || format!("read the stream {name}");
    let deliver_policy = match scan.start {
        Start::Beginning => DeliverPolicy::All,
        Start::Sequence(start_sequence) => DeliverPolicy::ByStartSequence { start_sequence },
        Start::Time(time) => DeliverPolicy::ByStartTime {
            start_time: datetime::parse_rfc3339(&time.to_rfc3339()).map_err(|error| anyhow!(error))?,
        },
    };
    let config = pull::Config {
        deliver_policy,
        ack_policy: AckPolicy::None,
        filter_subjects: scan.subjects,
        headers_only: scan.headers_only,
        inactive_threshold: FORGOTTEN_AFTER,
        memory_storage: true,
        ..Default::default()
    };
    let consumer = stream.create_consumer(config).await.with_context(doing)?;
    let all = usize::try_from(consumer.cached_info().num_pending)?;
    let mut counter = Counter::new(name, all);
    let mut seen = 0;
    while seen < all {
        let mut batch = consumer.fetch().max_messages(BATCH.min(all - seen)).messages().await.with_context(doing)?;
        let before = seen;
        let mut kept = Vec::new();
        while let Some(message) = tokio::time::timeout(SILENCE, batch.next()).await.with_context(doing)? {
            let message = message.map_err(|error| anyhow!(error)).with_context(doing)?;
            seen += 1;
            kept.extend(keep(&message));
        }
        take(kept).await?;
        counter.show(seen);
        if seen == before {
            // Deleted or expired since they were counted.
            break;
        }
    }
    stream.delete_consumer(&consumer.cached_info().name).await.with_context(doing)?;
    Ok(())
}

/// The durables of `stream`, with the subjects that each of them reads.
pub(crate) async fn durables(stream: &Stream) -> Result<Vec<(String, Vec<String>)>> {
    let infos: Vec<_> = stream.consumers().try_collect().await.context("list the consumers of a stream")?;
    let durables = infos.into_iter().filter_map(|info| {
        let mut subjects = info.config.filter_subjects;
        subjects.extend(Some(info.config.filter_subject).filter(|subject| !subject.is_empty()));
        info.config.durable_name.map(|durable| (durable, subjects))
    });
    let mut durables: Vec<_> = durables.collect();
    durables.sort();
    Ok(durables)
}
