//! A stream as a replay reads it.

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::Stream;
use livemart_messaging::consumer::Incoming;
use livemart_messaging::envelope::Attributes;
use livemart_messaging::replay::{Extent, Recorded, ReplayError, Source, Start};

pub(super) struct Recording {
    stream: Stream,
    /// What is read next, and what is read last.
    next: u64,
    last: u64,
}

pub(super) fn unread(error: impl ToString) -> ReplayError {
    ReplayError::Source(error.to_string())
}

impl Recording {
    pub(super) fn of(stream: Stream) -> Self {
        Self { stream, next: 0, last: 0 }
    }
}

impl Source for Recording {
    async fn seek(&mut self, _: &str, start: Start) -> Result<Extent, ReplayError> {
        let state = &self.stream.get_info().await.map_err(unread)?.state;
        self.last = state.last_sequence;
        self.next = match start {
            Start::Sequence(sequence) => sequence,
            Start::Beginning | Start::Time(_) => state.first_sequence,
        };
        // The bench emptied it: nothing that is told here was in it before.
        Ok(Extent { first_sequence: 1, loses_some: false })
    }

    async fn next(&mut self) -> Result<Vec<Recorded>, ReplayError> {
        if self.next > self.last {
            return Ok(Vec::new());
        }
        let message = self.stream.get_raw_message(self.next).await.map_err(unread)?;
        self.next += 1;
        Ok(vec![recorded(message)?])
    }
}

fn recorded(message: StreamMessage) -> Result<Recorded, ReplayError> {
    let attributes = Attributes::read(&message.headers).map_err(unread)?;
    let incoming = Incoming { attributes, subject: message.subject.to_string(), payload: message.payload };
    Ok(Recorded { sequence: message.sequence, incoming })
}
