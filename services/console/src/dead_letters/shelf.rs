//! Where dead letters lie: the streams `DEAD_LETTERS` and `ADVISORIES`.

use anyhow::{Context as _, Result, ensure};
use async_nats::Client;
use async_nats::HeaderMap;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{DeleteMessageErrorKind, Stream};
use async_nats::jetstream::{self, ErrorCode};
use bytes::Bytes;
use futures::StreamExt as _;
use livemart_contracts::stream::DEAD_LETTERS;
use livemart_messaging::dead_letter;
use livemart_messaging::envelope::CE_ID;

use super::advisory::{self, Advisory};
use super::letter::{DeadLetter, Place};
use crate::scan::{self, Scan};

const ADVISORIES: &str = "ADVISORIES";

/// Messages that are looked up at once.
const AT_ONCE: usize = 64;

/// A letter with everything that was in the message.
pub(crate) struct Content {
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Bytes,
}

pub(crate) struct Shelf {
    pub(super) client: Client,
    jetstream: jetstream::Context,
    letters: Stream,
    advisories: Stream,
}

impl Shelf {
    pub(crate) async fn open(client: Client) -> Result<Self> {
        let jetstream = jetstream::new(client.clone());
        let letters = scan::stream(&jetstream, DEAD_LETTERS).await?;
        let advisories = scan::stream(&jetstream, ADVISORIES).await?;
        Ok(Self { client, jetstream, letters, advisories })
    }

    /// All letters, oldest first, those without a copy last.
    pub(crate) async fn read(&self) -> Result<Vec<DeadLetter>> {
        // The advisories first: the copy of each of them is older than it, and so will be seen.
        let advisories = scan::read(&self.advisories, Scan::default(), |message| {
            Advisory::parse(message.info().ok()?.stream_sequence, &message.payload)
        })
        .await?;
        let mut letters = self.copies().await?;
        advisory::complete(&mut letters, &advisories);
        let described = futures::stream::iter(letters).map(|letter| self.described(letter)).buffered(AT_ONCE);
        Ok(described.collect().await)
    }

    /// The letters that have a copy.
    pub(crate) async fn copies(&self) -> Result<Vec<DeadLetter>> {
        let scan = Scan { headers_only: true, ..Scan::default() };
        scan::read(&self.letters, scan, |message| {
            let sequence = message.info().ok()?.stream_sequence;
            Some(DeadLetter::copy(sequence, message.headers.as_ref().unwrap_or(&HeaderMap::new())))
        })
        .await
    }

    /// An advisory knows only where the message was; it is shown without a name where the message is gone.
    async fn described(&self, mut letter: DeadLetter) -> DeadLetter {
        if let Place::Advisory(_) = letter.place
            && let Ok(stream) = self.jetstream.get_stream(&letter.stream).await
            && let Ok(message) = stream.get_raw_message(letter.stream_sequence).await
        {
            advisory::describe(&mut letter, &message.subject, &message.headers);
        }
        letter
    }

    /// The message as the consumer had it, with the header that names its subject.
    pub(crate) async fn content(&self, letter: &DeadLetter) -> Result<Content> {
        match letter.place {
            Place::Copy(sequence) => {
                let message = self.letters.get_raw_message(sequence).await;
                let message = message.with_context(|| format!("the dead letter {sequence} cannot be read"))?;
                let payload = match message.headers.get(dead_letter::BODY) {
                    Some(_) => self.original(letter).await?.payload,
                    None => message.payload,
                };
                Ok(Content { headers: message.headers, payload })
            }
            Place::Advisory(_) => {
                let message = self.original(letter).await?;
                let mut headers = message.headers;
                headers.insert(dead_letter::SUBJECT, message.subject.as_str());
                Ok(Content { headers, payload: message.payload })
            }
        }
    }

    /// The message in its own stream.
    async fn original(&self, letter: &DeadLetter) -> Result<StreamMessage> {
        let (stream, sequence) = (&letter.stream, letter.stream_sequence);
        let gone = || format!("message {sequence} of {stream} can no longer be read, and there is no copy of it");
        let message = self.jetstream.get_stream(stream).await.with_context(gone)?;
        let message = message.get_raw_message(sequence).await.with_context(gone)?;
        let id = message.headers.get(CE_ID).map_or("", |id| id.as_str());
        // A stream that was rebuilt may have given the sequence to another message.
        ensure!(letter.event_id.is_empty() || letter.event_id == id, gone());
        Ok(message)
    }

    /// Takes a letter off the shelf, with the advisories about it: they would otherwise say that it has no copy.
    pub(crate) async fn remove(&self, letter: &DeadLetter) -> Result<()> {
        for sequence in &letter.advisories {
            delete(&self.advisories, *sequence).await?;
        }
        if let Place::Copy(sequence) = letter.place {
            delete(&self.letters, sequence).await?;
        }
        Ok(())
    }
}

/// Deletes one message. One that is gone was deleted by somebody else, who meant the same.
async fn delete(stream: &Stream, sequence: u64) -> Result<()> {
    match stream.delete_message(sequence).await {
        Ok(_) => Ok(()),
        Err(error) if is_gone(&error.kind()) => Ok(()),
        Err(error) => {
            let stream = &stream.cached_info().config.name;
            Err(error).with_context(|| format!("message {sequence} of {stream} cannot be deleted"))
        }
    }
}

fn is_gone(error: &DeleteMessageErrorKind) -> bool {
    matches!(error, DeleteMessageErrorKind::JetStream(error)
        if [ErrorCode::SEQUENCE_NOT_FOUND, ErrorCode::NO_MESSAGE_FOUND].contains(&error.error_code()))
}
