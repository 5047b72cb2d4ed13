//! A reaction or a projection without its types, as the consumer loop runs it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use livemart_contracts::{Facts, Stream};

use crate::context::Context;
use crate::envelope::{Attributes, Delivered};
use crate::reaction::{Decision, Failure, Projection, Reaction, Table, Tables};

/// A message whose headers are read and whose body is not.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub attributes: Attributes,
    pub subject: String,
    pub payload: Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Decided(Decision),
    /// The body cannot be read, and why.
    Malformed(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Reaction,
    Projection,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reaction => "reaction",
            Self::Projection => "projection",
        }
    }
}

/// What a service does with the messages of one durable.
#[derive(Clone)]
pub struct Subscription {
    pub durable: &'static str,
    pub stream: Stream,
    pub subjects: &'static [&'static str],
    pub kind: Kind,
    pub linger: Duration,
    /// Of a projection; a reaction's are its own affair.
    pub tables: &'static [Table],
    apply: Arc<dyn Apply>,
}

impl Subscription {
    pub fn reaction<R: Reaction>(reaction: R) -> Self {
        let subscription = Self::new::<R::Event>(R::DURABLE, Kind::Reaction, Arc::new(Reacting(reaction)));
        Self { linger: R::LINGER, ..subscription }
    }

    pub fn projection<P: Projection>(projection: P) -> Self {
        let subscription = Self::new::<P::Event>(P::DURABLE, Kind::Projection, Arc::new(Projecting(projection)));
        Self { linger: P::LINGER, tables: P::TABLES, ..subscription }
    }

    fn new<F: Facts>(durable: &'static str, kind: Kind, apply: Arc<dyn Apply>) -> Self {
        let mut streams = F::SUBJECTS.iter().map(|subject| Stream::of_subject(subject));
        let stream =
            streams.next().flatten().unwrap_or_else(|| panic!("{durable} reads a subject that no stream stores"));
        assert!(
            streams.all(|other| other == Some(stream)),
            "{durable} reads several streams; a durable belongs to one"
        );
        Self { durable, stream, subjects: F::SUBJECTS, kind, linger: Duration::ZERO, tables: &[], apply }
    }

    pub(super) async fn apply(&self, cx: &mut Context, incoming: &[Incoming]) -> Result<Vec<Verdict>, Failure> {
        self.apply.apply(cx, incoming).await
    }
}

#[async_trait]
trait Apply: Send + Sync {
    async fn apply(&self, cx: &mut Context, incoming: &[Incoming]) -> Result<Vec<Verdict>, Failure>;
}

struct Reacting<R>(R);

#[async_trait]
impl<R: Reaction> Apply for Reacting<R> {
    async fn apply(&self, cx: &mut Context, incoming: &[Incoming]) -> Result<Vec<Verdict>, Failure> {
        let decoded = Decoded::new(incoming);
        let decisions = if decoded.batch.is_empty() { Vec::new() } else { self.0.react(cx, &decoded.batch).await? };
        Ok(decoded.verdicts(decisions))
    }
}

struct Projecting<P>(P);

#[async_trait]
impl<P: Projection> Apply for Projecting<P> {
    async fn apply(&self, cx: &mut Context, incoming: &[Incoming]) -> Result<Vec<Verdict>, Failure> {
        let decoded = Decoded::new(incoming);
        let tables = Tables::new(cx.tx());
        let decisions =
            if decoded.batch.is_empty() { Vec::new() } else { self.0.project(&tables, &decoded.batch).await? };
        tables.into_news().into_iter().for_each(|whom| cx.tell(whom));
        Ok(decoded.verdicts(decisions))
    }
}

/// The readable messages of a batch, and for each message whether it was one of them.
struct Decoded<F> {
    batch: Vec<Delivered<F>>,
    errors: Vec<Option<String>>,
}

impl<F: Facts> Decoded<F> {
    fn new(incoming: &[Incoming]) -> Self {
        let mut decoded =
            Self { batch: Vec::with_capacity(incoming.len()), errors: Vec::with_capacity(incoming.len()) };
        for message in incoming {
            match F::decode(&message.subject, &message.payload) {
                Ok(fact) => {
                    decoded.batch.push(Delivered { attributes: message.attributes, fact });
                    decoded.errors.push(None);
                }
                Err(error) => decoded.errors.push(Some(error.to_string())),
            }
        }
        decoded
    }

    /// Puts `decisions`, one for each readable message, back into the places of the batch.
    fn verdicts(self, decisions: Vec<Decision>) -> Vec<Verdict> {
        assert_eq!(decisions.len(), self.batch.len(), "one decision per event");
        let mut decisions = decisions.into_iter();
        let verdict = |error: Option<String>| match error {
            Some(error) => Some(Verdict::Malformed(error)),
            None => decisions.next().map(Verdict::Decided),
        };
        self.errors.into_iter().filter_map(verdict).collect()
    }
}
