//! What a service does with the facts of others: react (may emit and ask for effects) or project (its own tables only).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use livemart_contracts::Facts;
use sea_orm::{DatabaseTransaction, DbErr};

use crate::context::Context;
use crate::envelope::Delivered;
use crate::store::is_unavailable;

/// What became of one event. Every one of these is recorded in the inbox, but for [`Decision::NotYet`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It changed something.
    Applied,
    /// Its effect was there already: the same fact under another event id.
    Duplicate,
    /// It must change nothing, and this is why.
    Ignored(Cow<'static, str>),
    /// Its cause has not arrived; deliver it again after this long.
    NotYet(Duration),
}

impl Decision {
    pub fn ignored(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Ignored(why.into())
    }

    /// As the inbox and the metrics write it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Ignored(_) => "ignored",
            Self::NotYet(_) => "not-yet",
        }
    }
}

/// Why a step could not be taken at all. Nothing of its transaction remains.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database cannot be reached: nothing is wrong with the event, so it is not counted against it.
    #[error("the database is unavailable: {0}")]
    Unavailable(DbErr),
    /// It may work next time: tried again, a bounded number of times.
    #[error("{0}")]
    Retry(String),
    /// It will never work: goes to the dead letters at once.
    #[error("{0}")]
    Reject(String),
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        if is_unavailable(&error) { Self::Unavailable(error) } else { Self::Retry(error.to_string()) }
    }
}

/// One step of the saga: what a service does when something happened.
///
/// Events come in batches that share a transaction, in the order of the stream; the answer holds one decision for each
/// of them, in the same order. A batch of one is the common case on an idle system and nothing special.
pub trait Reaction: Send + Sync + 'static {
    type Event: Facts;
    /// `<service>-<event>`; never renamed, for the server remembers its position under this name.
    const DURABLE: &'static str;
    /// How long a batch that is not full waits for more, after its first message: a commit for many instead of one each.
    /// Zero for whatever somebody waits for.
    const LINGER: Duration = Duration::ZERO;

    fn react(
        &self,
        cx: &mut Context,
        batch: &[Delivered<Self::Event>],
    ) -> impl Future<Output = Result<Vec<Decision>, Failure>> + Send;
}

/// A table that a projection writes; it has a primary key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    pub name: &'static str,
    pub rows: Rows,
    pub personal: Personal,
}

/// Which columns tell something about a person, more than their id: nobody is shown what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    Nothing,
    /// All but these. A column that is added later is personal until it is named here.
    AllBut(&'static [&'static str]),
}

impl Personal {
    pub(crate) fn covers(self, column: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::AllBut(others) => !others.contains(&column),
        }
    }
}

/// What a row rests on: what a replay makes of a part of the events, as when older ones have expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// On any number of events, however old: a part of them makes nothing.
    OfAllEvents,
    /// On the newest event about it, which tells it whole. Of what the part does not tell, nothing is known.
    OfOneEvent,
    /// On the events about one thing, whose id is in this column. The ids are UUIDv7, so those that are younger than the
    /// first event of the part have all of their events in it.
    OfOneThing(&'static str),
    /// On the events about what began in the time that begins with this column, a time or a day.
    OfOneTime(&'static str),
}

/// A read model: pure writes of the service's own tables, so that it may be replayed ([`crate::replay`]).
///
/// The same events leave the same rows: times and ids come from the events.
pub trait Projection: Send + Sync + 'static {
    type Event: Facts;
    /// The service, or `<service>-<what it shows>`; never renamed.
    const DURABLE: &'static str;
    /// As [`Reaction::LINGER`].
    const LINGER: Duration = Duration::ZERO;
    /// All that it writes. Nothing but projections writes these tables; those that share one are replayed together.
    const TABLES: &'static [Table];

    fn project(
        &self,
        tables: &Tables<'_>,
        batch: &[Delivered<Self::Event>],
    ) -> impl Future<Output = Result<Vec<Decision>, Failure>> + Send;
}

/// All that a projection gets: no outbox and no tasks, so a replay can neither announce nor charge anything.
pub struct Tables<'a> {
    tx: &'a DatabaseTransaction,
    news: Mutex<BTreeSet<String>>,
}

impl<'a> Tables<'a> {
    pub(crate) fn new(tx: &'a DatabaseTransaction) -> Self {
        Self { tx, news: Mutex::default() }
    }

    pub fn tx(&self) -> &DatabaseTransaction {
        self.tx
    }

    /// As [`Context::tell`]. Nobody hears of it from a replay.
    pub fn tell(&self, whom: impl Into<String>) {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).insert(whom.into());
    }

    pub(crate) fn into_news(self) -> BTreeSet<String> {
        self.news.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
