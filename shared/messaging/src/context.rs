//! What a step gets: a transaction, an outbox, a clock. It can neither commit, nor publish, nor acknowledge.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};

use chrono::{DateTime, Utc};
use livemart_contracts::ids::Id;
use livemart_contracts::{Clock, Event};
use sea_orm::{DatabaseTransaction, DbErr};
use serde::Serialize;

use crate::envelope::{Cause, Draft};
use crate::inbox::Entry;
use crate::kept::Kept;
use crate::store::Store;
use crate::tasks::{Effect, NewTask};
use crate::{crash, metrics};

/// One step in progress.
pub struct Context {
    tx: DatabaseTransaction,
    store: Store,
    now: DateTime<Utc>,
    kept: Kept,
    news: BTreeSet<String>,
}

impl Context {
    pub(crate) fn new(tx: DatabaseTransaction, store: Store) -> Self {
        Self { tx, now: store.clock().now(), store, kept: Kept::default(), news: BTreeSet::new() }
    }

    /// The transaction, for the service's own tables.
    pub fn tx(&self) -> &DatabaseTransaction {
        &self.tx
    }

    /// The time of this step: the same wherever the step asks.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    pub fn clock(&self) -> Clock {
        self.store.clock()
    }

    pub fn new_id<T: livemart_contracts::ids::Tag>(&self) -> Id<T> {
        self.clock().new_id()
    }

    /// Announces `event`. It is stored when the step commits, and published after that.
    pub fn emit<E: Event>(&mut self, cause: impl Into<Cause>, event: &E) {
        debug_assert!(
            self.store.declares(E::SUBJECT),
            "{} emits {} without declaring it in its `service()`",
            self.store.service(),
            E::SUBJECT
        );
        self.kept.announced.push(Draft::new(self.store.service(), self.clock(), self.now, cause.into(), event));
    }

    /// Asks for a call to the outside. `subject` names what it is about (a payment's id): one effect of a kind is
    /// performed for it once, however often it is asked for.
    pub fn ask<E: Effect>(&mut self, cause: impl Into<Cause>, subject: impl Into<String>, request: &E::Request) {
        self.kept.asked.push(NewTask::new::<E>(cause.into(), subject.into(), request));
    }

    /// Lets every replica of this service know, once the step is committed, that there is something new for `whom`: one
    /// line, which [`Wakes::news`](crate::wake::Wakes::news) yields. A hint, which may be lost.
    pub fn tell(&mut self, whom: impl Into<String>) {
        self.news.insert(whom.into());
    }
}

/// A [`Context`] with the right to commit: for HTTP handlers and the loops of this crate.
pub struct UnitOfWork {
    context: Context,
    step: Option<&'static str>,
}

impl UnitOfWork {
    pub(crate) fn new(context: Context) -> Self {
        Self { context, step: None }
    }

    /// Names the step for crash points: a durable, or the kind of an effect.
    pub(crate) fn of_step(self, step: &'static str) -> Self {
        Self { step: Some(step), ..self }
    }

    /// What `durable` decided, for the inbox.
    pub(crate) fn decided(&mut self, durable: &'static str, decided: Vec<Entry>) {
        self.context.kept.durable = durable;
        self.context.kept.decided = decided;
    }

    /// Commits a step that went well; takes back one that did not, before its caller hears of it: by then its locks are
    /// gone, and the caller may try again at once.
    pub async fn conclude<T, E: From<DbErr>>(self, outcome: Result<T, E>) -> Result<T, E> {
        match outcome {
            Ok(value) => {
                self.commit().await?;
                Ok(value)
            }
            Err(error) => {
                self.context.tx.rollback().await?;
                Err(error)
            }
        }
    }

    /// Commits the step with its events and tasks, then wakes those who carry them out.
    pub async fn commit(self) -> Result<(), DbErr> {
        let Context { tx, store, now, kept, news } = self.context;
        let (announced, born) = kept.write_in(&tx, store.wakes().leases(), now).await?;
        let names = || self.step.into_iter().chain(announced.iter().map(|draft| draft.subject));
        crash::point(crash::BEFORE_COMMIT, names);
        tx.commit().await?;
        crash::point(crash::AFTER_COMMIT, names);
        for draft in &announced {
            draft.created();
            metrics::CREATED.with_label_values(&[draft.subject]).inc();
        }
        store.wakes().committed(!announced.is_empty(), born.free, &news);
        born.hand_over();
        Ok(())
    }
}

impl Deref for UnitOfWork {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

impl DerefMut for UnitOfWork {
    fn deref_mut(&mut self) -> &mut Context {
        &mut self.context
    }
}

/// Serialises what this program made itself. Its types have string keys and no failing parts, so this cannot fail.
pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| unreachable!("our own types are JSON: {error}"))
}
