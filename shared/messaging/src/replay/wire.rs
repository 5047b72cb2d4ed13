//! How whoever reads the streams and whoever replays talk, over two pipes: lines of JSON, and bodies as they are.
//!
//! The replaying side asks ([`Asked`]); the reading side answers ([`Answer`]). It begins with [`Answer::Begin`].

use std::io;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use livemart_contracts::{EventId, Trace};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::{Extent, Recorded, Report, Start};
use crate::consumer::Incoming;
use crate::context::to_json;
use crate::envelope::Attributes;

/// What the replaying side says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// For what a durable reads, from here on: answered with an extent, events, and an end.
    Seek { durable: String, start: Start },
    /// Shows what came of it; the answer says whether to compare again and swap.
    Compared(Report),
}

/// What the reading side says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Begin { start: Start, swap: bool },
    Extent(Extent),
    Event(Header),
    End,
    Swap,
}

/// Before the body of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    sequence: u64,
    subject: String,
    id: EventId,
    time: DateTime<Utc>,
    trace: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<EventId>,
    /// Bytes of the body, which follows the line.
    length: u32,
}

impl Header {
    fn of(event: &Recorded) -> Self {
        let Incoming { attributes, subject, payload } = &event.incoming;
        Self {
            sequence: event.sequence,
            subject: subject.clone(),
            id: attributes.id,
            time: attributes.time,
            trace: attributes.trace.to_string(),
            cause: attributes.cause,
            length: u32::try_from(payload.len()).unwrap_or_else(|_| unreachable!("no broker takes four gigabytes")),
        }
    }
}

/// Writes one line.
pub async fn say(to: &mut (impl AsyncWrite + Unpin), what: &impl Serialize) -> io::Result<()> {
    to.write_all(format!("{}\n", to_json(what)).as_bytes()).await
}

/// Writes an event with its body.
pub async fn say_event(to: &mut (impl AsyncWrite + Unpin), event: &Recorded) -> io::Result<()> {
    say(to, &Answer::Event(Header::of(event))).await?;
    to.write_all(&event.incoming.payload).await
}

/// Reads one line; `None` at the end.
pub async fn hear<T: DeserializeOwned>(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<T>> {
    let mut line = String::new();
    if from.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    serde_json::from_str(&line).map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Reads the body that follows `header`.
pub async fn hear_body(from: &mut (impl AsyncBufRead + Unpin), header: Header) -> io::Result<Recorded> {
    let mut body = vec![0; header.length as usize];
    from.read_exact(&mut body).await?;
    let trace: Trace = header.trace.parse().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let attributes = Attributes { id: header.id, time: header.time, trace, cause: header.cause };
    let incoming = Incoming { attributes, subject: header.subject, payload: Bytes::from(body) };
    Ok(Recorded { sequence: header.sequence, incoming })
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::*;

    #[tokio::test]
    async fn what_is_said_is_heard_with_bodies_of_any_bytes() {
        let clock = Clock::default();
        let cause = Some(clock.new_id());
        let attributes = Attributes { id: clock.new_id(), time: clock.now(), trace: Trace::start(), cause };
        let payload = Bytes::from_static(b"\n{\xff\"");
        let incoming = Incoming { attributes, subject: "order.created".to_owned(), payload: payload.clone() };
        let mut pipe = Vec::new();
        say_event(&mut pipe, &Recorded { sequence: 7, incoming }).await.unwrap();
        say(&mut pipe, &Answer::End).await.unwrap();

        let mut pipe = pipe.as_slice();
        let Some(Answer::Event(header)) = hear(&mut pipe).await.unwrap() else { panic!("no event") };
        let heard = hear_body(&mut pipe, header).await.unwrap();
        assert_eq!((heard.sequence, heard.incoming.payload), (7, payload));
        assert_eq!(heard.incoming.attributes.id, attributes.id);
        assert_eq!(heard.incoming.attributes.cause, cause);
        assert_eq!(heard.incoming.attributes.trace.trace_id(), attributes.trace.trace_id());
        assert_eq!(hear(&mut pipe).await.unwrap(), Some(Answer::End));
        assert_eq!(hear::<Answer>(&mut pipe).await.unwrap(), None);
    }
}
