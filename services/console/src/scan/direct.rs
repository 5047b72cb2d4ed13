//! Reads a whole stream without a consumer, many messages for one request (the server's batched direct get, since 2.11): all
//! that it takes is the right to read, which is all that the auditor has.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use async_nats::header::{HeaderMap, NATS_SEQUENCE, NATS_SUBJECT};
use async_nats::jetstream::Context;
use async_nats::jetstream::stream::Stream;
use async_nats::{Message, StatusCode};
use futures::StreamExt as _;
use serde::Serialize;

use crate::terminal::Counter;

/// Messages of one request: enough to hide the way to the server, and far below what the client keeps for a reader.
const BATCH: u64 = 2_000;
/// Bytes of one request, where messages are large.
const BYTES: u64 = 4 * 1024 * 1024;
/// A server that is silent for this long in the middle of a request will not go on.
const SILENCE: Duration = Duration::from_secs(10);
/// Ends a batch.
const END_OF_BATCH: u16 = 204;

/// A message as it is stored, but for its body.
pub(crate) struct Stored {
    pub(crate) sequence: u64,
    pub(crate) subject: String,
    pub(crate) headers: HeaderMap,
}

#[derive(Serialize)]
struct Wanted {
    seq: u64,
    next_by_subj: &'static str,
    batch: u64,
    max_bytes: u64,
}

/// Gives what `keep` makes of everything in `stream` at this moment, from the sequence `from` on, to `take`, batch by batch.
pub(crate) async fn read_into<T>(
    stream: &Stream,
    jetstream: &Context,
    from: u64,
    keep: impl Fn(&Stored) -> Option<T>,
    mut take: impl AsyncFnMut(Vec<T>) -> Result<()>,
) -> Result<()> {
    let state = stream.get_info().await.context("ask how long a stream is")?.state;
    let name = &stream.cached_info().config.name;
    let from = from.max(state.first_sequence);
    let all = state.messages.min((state.last_sequence + 1).saturating_sub(from));
    let mut counter = Counter::new(name, usize::try_from(all)?);
    let (mut next, mut seen) = (from, 0);
    while next <= state.last_sequence {
        let batch = batch(jetstream, name, next).await.with_context(|| format!("read the stream {name}"))?;
        // What is left was deleted since.
        let Some(last) = batch.last() else { return Ok(()) };
        next = last.sequence + 1;
        seen += batch.len();
        take(batch.iter().filter(|stored| stored.sequence <= state.last_sequence).filter_map(&keep).collect()).await?;
        counter.show(seen);
    }
    Ok(())
}

/// Some of what is stored from the sequence `first` on, in its order; nothing where nothing follows.
async fn batch(jetstream: &Context, stream: &str, first: u64) -> Result<Vec<Stored>> {
    let client = jetstream.client();
    let inbox = client.new_inbox();
    let mut answers = client.subscribe(inbox.clone()).await?;
    let wanted = Wanted { seq: first, next_by_subj: ">", batch: BATCH, max_bytes: BYTES };
    let subject = format!("$JS.API.DIRECT.GET.{stream}");
    client.publish_with_reply(subject, inbox, serde_json::to_vec(&wanted)?.into()).await?;
    let mut batch = Vec::new();
    loop {
        let answer = tokio::time::timeout(SILENCE, answers.next()).await.context("the server is silent")?;
        let answer = answer.context("the connection is closed")?;
        match answer.status {
            None => batch.push(stored(answer)?),
            Some(StatusCode::NOT_FOUND) => return Ok(batch),
            Some(status) if status.as_u16() == END_OF_BATCH => return Ok(batch),
            Some(status) => bail!("the server answers {status} {}", answer.description.unwrap_or_default()),
        }
    }
}

fn stored(answer: Message) -> Result<Stored> {
    let headers = answer.headers.context("a message without its place: the server is older than 2.11")?;
    let of = |name| headers.get(name).map(|value| value.as_str().to_owned());
    let (sequence, subject) = (of(NATS_SEQUENCE.as_ref()), of(NATS_SUBJECT.as_ref()));
    ensure!(sequence.is_some() && subject.is_some(), "a message without its place: the server is older than 2.11");
    let sequence = sequence.unwrap_or_default().parse().context("the sequence of a message")?;
    Ok(Stored { sequence, subject: subject.unwrap_or_default(), headers })
}
