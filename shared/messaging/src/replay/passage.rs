//! One projection's way through its stream.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use livemart_contracts::EventId;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, TransactionTrait};
use uuid::Uuid;

use super::{Recorded, ReplayError, Source, Start, UNDECIDED};
use crate::consumer::{BATCH, Incoming, Subscription, Verdict, commit_in, ids};
use crate::context::{Context, UnitOfWork};
use crate::dead_letter::DISCARDED;
use crate::envelope::Attributes;
use crate::inbox;
use crate::reaction::{Decision, Failure};
use crate::retention::DECISIONS_KEPT;
use crate::store::{Store, sql};

/// In the transaction, or the part of one, that the events of a batch are applied in: writes only to temporary tables.
const NOTHING_LIVE: &str = "SET TRANSACTION READ ONLY";

pub(super) struct Passage {
    subscription: Subscription,
    /// Where the next pass begins: behind the last event that was read.
    next: Start,
    /// When the oldest event that was read happened.
    begins: Option<DateTime<Utc>>,
    is_whole: bool,
    loses_some: bool,
    /// Read, and not decided about by the live projection: dead letters, and what it has yet to read.
    undecided: Vec<Recorded>,
}

enum Known {
    Decided,
    /// A person decided that nobody deals with it.
    Discarded,
}

impl Passage {
    pub(super) fn new(subscription: Subscription, start: Start) -> Self {
        Self { subscription, next: start, begins: None, is_whole: true, loses_some: false, undecided: Vec::new() }
    }

    pub(super) fn durable(&self) -> &'static str {
        self.subscription.durable
    }

    pub(super) fn stream(&self) -> &'static str {
        self.subscription.stream.name()
    }

    pub(super) fn begins(&self) -> Option<DateTime<Utc>> {
        self.begins
    }

    /// Whether the stream has kept its first message.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether messages are taken out of the stream on purpose.
    pub(super) fn loses_some(&self) -> bool {
        self.loses_some
    }

    /// Events that the live projection had not decided about at the last pass.
    pub(super) fn undecided(&self) -> usize {
        self.undecided.len()
    }

    /// Applies what the live projection has decided about, of what the stream holds now and of what was left undecided.
    /// Answers how many events it read.
    pub(super) async fn pass<C>(
        &mut self,
        source: &mut impl Source,
        store: &Store,
        schema: &str,
        db: &C,
    ) -> Result<usize, ReplayError>
    where
        C: ConnectionTrait + TransactionTrait<Transaction = DatabaseTransaction>,
    {
        let extent = source.seek(self.durable(), self.next).await?;
        self.is_whole = extent.first_sequence <= 1;
        self.loses_some = extent.loses_some;
        let (mut read, mut events) = (0, std::mem::take(&mut self.undecided));
        loop {
            for batch in events.chunks(BATCH) {
                self.take(db, store, schema, batch).await?;
            }
            if self.undecided.len() > UNDECIDED {
                return Err(ReplayError::Behind(self.durable()));
            }
            events = source.next().await?;
            let (Some(first), Some(last)) = (events.first(), events.last()) else { return Ok(read) };
            self.begins.get_or_insert(first.incoming.attributes.time);
            self.next = Start::Sequence(last.sequence + 1);
            read += events.len();
        }
    }

    /// Applies those of `batch` that are decided about, and keeps the others.
    async fn take<C>(&mut self, db: &C, store: &Store, schema: &str, batch: &[Recorded]) -> Result<(), ReplayError>
    where
        C: ConnectionTrait + TransactionTrait<Transaction = DatabaseTransaction>,
    {
        let known = self.known(db, schema, batch).await?;
        let forgotten = store.clock().now() - DECISIONS_KEPT;
        let mut due = Vec::with_capacity(batch.len());
        for event in batch {
            let Attributes { id, time, .. } = event.incoming.attributes;
            match known.get(&id) {
                Some(Known::Decided) => due.push(&event.incoming),
                Some(Known::Discarded) => {}
                // Its row may have been forgotten.
                None if time < forgotten => due.push(&event.incoming),
                None => self.undecided.push(event.clone()),
            }
        }
        self.apply(db, store, &due).await
    }

    /// What the inbox of the live projection says.
    async fn known(
        &self,
        db: &impl ConnectionTrait,
        schema: &str,
        batch: &[Recorded],
    ) -> Result<HashMap<EventId, Known>, DbErr> {
        let ids: Vec<Uuid> = batch.iter().map(|event| event.incoming.attributes.id.uuid()).collect();
        let query = format!(
            "SELECT event_id, reason IS NOT DISTINCT FROM $3 FROM {schema}.inbox
             WHERE consumer = $1 AND event_id = ANY ($2)"
        );
        let rows = db.query_all_raw(sql(&query, [self.durable().into(), ids.into(), DISCARDED.into()])).await?;
        let known = |row: &QueryResult| {
            let is_discarded: bool = row.try_get_by_index(1)?;
            let known = if is_discarded { Known::Discarded } else { Known::Decided };
            Ok((EventId::from(row.try_get_by_index::<Uuid>(0)?), known))
        };
        rows.iter().map(known).collect()
    }

    /// As the live projection does: together or, where that fails, one by one.
    async fn apply<C>(&self, db: &C, store: &Store, batch: &[&Incoming]) -> Result<(), ReplayError>
    where
        C: TransactionTrait<Transaction = DatabaseTransaction>,
    {
        if batch.is_empty() || self.commit(db, store, batch).await.is_ok() {
            return Ok(());
        }
        for event in batch {
            let id = event.attributes.id;
            self.commit(db, store, &[event]).await.map_err(|failure| self.failed(id, failure))?;
        }
        Ok(())
    }

    fn failed(&self, event: EventId, failure: Failure) -> ReplayError {
        match failure {
            Failure::Unavailable(error) => error.into(),
            failure => ReplayError::Step { durable: self.durable(), event, failure },
        }
    }

    async fn commit<C>(&self, db: &C, store: &Store, batch: &[&Incoming]) -> Result<(), Failure>
    where
        C: TransactionTrait<Transaction = DatabaseTransaction>,
    {
        let tx = db.begin().await?;
        tx.execute_unprepared(NOTHING_LIVE).await?;
        let known = inbox::known_in(&tx, self.durable(), &ids(batch)).await?;
        let work = UnitOfWork::new(Context::new(tx, store.clone()));
        for verdict in commit_in(work, &self.subscription, batch, &known).await? {
            match verdict {
                Verdict::Decided(Decision::Applied | Decision::Duplicate | Decision::Ignored(_)) => {}
                Verdict::Decided(Decision::NotYet(_)) => {
                    return Err(Failure::Reject("what it answers has not come before it".to_owned()));
                }
                Verdict::Malformed(error) => return Err(Failure::Reject(error)),
            }
        }
        Ok(())
    }
}
