//! What a stream holds, for the worker.

use anyhow::{Context as _, Result};
use async_nats::HeaderMap;
use async_nats::jetstream::{self, Message};
use livemart_messaging::consumer::Incoming;
use livemart_messaging::envelope::Attributes;
use livemart_messaging::replay::wire::Answer;
use livemart_messaging::replay::{Extent, Recorded, Start};

use super::Projection;
use super::worker::Worker;
use crate::scan::{self, Scan};

/// A message without readable attributes can only be a dead letter: no projection has decided about it.
fn recorded(message: &Message) -> Option<Recorded> {
    let attributes = Attributes::read(message.headers.as_ref().unwrap_or(&HeaderMap::new())).ok()?;
    let sequence = message.info().ok()?.stream_sequence;
    let (subject, payload) = (message.subject.to_string(), message.payload.clone());
    Some(Recorded { sequence, incoming: Incoming { attributes, subject, payload } })
}

/// Gives `worker` everything that `projection` reads and that is there now, from `start` on.
pub(super) async fn feed(
    jetstream: &jetstream::Context,
    projection: &Projection,
    start: Start,
    worker: &mut Worker,
) -> Result<()> {
    let stream = scan::stream(jetstream, &projection.stream).await?;
    let info = stream.cached_info();
    let extent = Extent { first_sequence: info.state.first_sequence, loses_some: !info.config.deny_delete };
    worker.say(&Answer::Extent(extent)).await?;
    let scan = Scan { start, subjects: projection.subjects.clone(), headers_only: false };
    let given = scan::read_into(&stream, scan, recorded, async |events| worker.give(&events).await).await;
    given.with_context(|| format!("read {} for {}", projection.stream, projection.durable))?;
    worker.say(&Answer::End).await
}
