//! A projection made anew from its events, beside the live one, compared with it, and put in its place.
//!
//! One database session has empty tables of its own ([`beside`]), under the names that the projection's code uses. It
//! gets the events that the live projection has decided about, in the order of the stream. At the end the live tables are
//! held still for a moment: what was decided meanwhile is caught up with, so that both sides are of the same moment, and
//! compared ([`difference`]). Where they differ, the rows that differ are exchanged in the same transaction.
//!
//! Nothing can leave this: whoever replays has no connection to the broker, the projection gets neither outbox nor tasks,
//! and the database refuses every write but to the session's own tables (`READ ONLY`), and every table but those.
//!
//! Reading the streams is left to somebody who may ([`source`], [`wire`]).

mod beside;
mod difference;
mod passage;
mod source;
pub mod wire;

use chrono::{DateTime, TimeDelta, Utc};
use livemart_contracts::{Clock, EventId};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::consumer::{Kind, Subscription};
use crate::dead_letter::DISCARDED;
use crate::reaction::{Failure, Personal, Rows, Table};
use crate::store::{Store, sql};
use crate::turn;
use crate::wake::Wakes;
use beside::Beside;
use difference::Scope;
use passage::Passage;

pub use difference::{Difference, Sample};
pub use source::{Extent, Recorded, Source, Start};

/// A pass that reads fewer events than this has nearly caught up: the rest takes milliseconds.
const SHORT: usize = 1_000;
/// Passes before the live tables are held still. Each is as long as what was published during the last.
const PASSES: usize = 5;
/// Events that are kept in memory until the live projection decides about them: some megabytes.
const UNDECIDED: usize = 1_000;
/// The longest to wait for the live tables; meanwhile whoever writes to them waits behind us.
const LOCK_LIMIT: &str = "SET LOCAL lock_timeout = '10s'";
/// By how much the clocks of two replicas, and the order of a stream and of its events' ids, differ at most.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(15);

#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("no projection {durable}; there are {known}")]
    Unknown { durable: String, known: String },
    #[error("{durable} is a reaction: it may announce and ask for calls, and is never replayed; there are {known}")]
    Reaction { durable: String, known: String },
    #[error("the database: {0}")]
    Database(#[from] DbErr),
    #[error("the table {0} cannot be replayed: it is not in the schema, or has no primary key")]
    Table(String),
    #[error("{durable} fails on {event}, nothing is changed: {failure}")]
    Step { durable: &'static str, event: EventId, failure: Failure },
    #[error("the live {0} has more than {UNDECIDED} events to decide about; when it has caught up, run this again")]
    Behind(&'static str),
    #[error("more is published for {0} than can be read; when there is less, run this again")]
    Outrun(&'static str),
    #[error(
        "{count} events that {durable} decided about are missing in the middle of {stream}, nothing is changed: \
         `livemart rebuild-stream {stream}` brings them back, then run this again"
    )]
    Hole { durable: &'static str, stream: &'static str, count: i64 },
    #[error("a row of {0} may rest on events of any age, and not all of them are to be read: nothing is changed")]
    Part(&'static str),
    #[error("the events cannot be read: {0}")]
    Source(String),
}

/// How a replay ended. `--json` prints it; programs rely on every name in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub projections: Vec<Replayed>,
    /// Where not all events were there, or wanted: the time of the first that was read. Older rows are left as they are.
    pub since: Option<DateTime<Utc>>,
    pub tables: Vec<Difference>,
    /// Whether the live rows were as the events say.
    pub equal: bool,
    pub swapped: bool,
}

/// One of the projections that were replayed together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    pub durable: String,
    pub stream: String,
    /// Events that were decided about here.
    pub events: i64,
    /// Events in the stream that the live one has not decided about: dead letters, and what it has yet to read.
    pub undecided: usize,
    /// Events that the live one decided about and that were not read: expired, taken out of the stream, or not wanted.
    pub unread: i64,
}

/// Projections on their way.
pub struct Replay {
    /// One session.
    db: DatabaseConnection,
    schema: String,
    store: Store,
    tables: Vec<Beside>,
    passages: Vec<Passage>,
    /// Not from the beginning.
    is_part: bool,
}

impl Replay {
    /// Makes empty tables beside those of the projection `durable` of `service`, and of those that share tables with it.
    /// `url` is that of the service's own role.
    pub async fn open(
        url: &str,
        service: &'static str,
        subscriptions: &[Subscription],
        durable: &str,
        start: Start,
    ) -> Result<Self, ReplayError> {
        let group = group(subscriptions, durable)?;
        let schema = beside::schema(url).await?;
        let db = beside::session(url, service).await?;
        let mut tables = Vec::new();
        for table in tables_of(&group) {
            tables.push(Beside::make(&db, &schema, table).await?);
        }
        beside::inbox(&db, &schema).await?;
        let (wakes, _) = Wakes::new();
        let store = Store::new(db.clone(), Clock::default(), wakes, service, Vec::new());
        Ok(Self {
            db,
            schema,
            store,
            tables,
            passages: group.into_iter().map(|one| Passage::new(one, start)).collect(),
            is_part: start != Start::Beginning,
        })
    }

    /// Catches up with the live projection and compares; exchanges the rows that differ where `swap` says so. May be
    /// called again, and goes on where it was.
    pub async fn compare(&mut self, source: &mut impl Source, swap: bool) -> Result<Report, ReplayError> {
        self.catch_up(source).await?;
        let tx = self.db.begin().await?;
        tx.execute_unprepared(LOCK_LIMIT).await?;
        // No batch of these projections is under way from here on, so what is in their inboxes is in their tables.
        for passage in &self.passages {
            turn::hold_in(&tx, passage.durable()).await?;
        }
        // Everybody may read meanwhile.
        let live: Vec<&str> = self.tables.iter().map(|table| table.live.as_str()).collect();
        tx.execute_unprepared(&format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", live.join(", "))).await?;
        for passage in &mut self.passages {
            passage.pass(source, &self.store, &self.schema, &tx).await?;
        }
        let report = self.conclude(&tx, swap).await?;
        tx.commit().await?;
        Ok(report)
    }

    async fn catch_up(&mut self, source: &mut impl Source) -> Result<(), ReplayError> {
        for passage in &mut self.passages {
            let mut left = PASSES;
            while passage.pass(source, &self.store, &self.schema, &self.db).await? > SHORT {
                left -= 1;
                if left == 0 {
                    return Err(ReplayError::Outrun(passage.durable()));
                }
            }
        }
        Ok(())
    }

    async fn conclude(&self, tx: &DatabaseTransaction, swap: bool) -> Result<Report, ReplayError> {
        let now = self.store.clock().now();
        let (mut since, mut projections) = (None, Vec::with_capacity(self.passages.len()));
        for passage in &self.passages {
            let begins = passage.begins().unwrap_or(now);
            let replayed = self.replayed(tx, passage, begins).await?;
            if self.is_part || replayed.unread > 0 || !passage.is_whole() {
                since = since.max(Some(begins));
            }
            projections.push(replayed);
        }
        let mut tables = Vec::with_capacity(self.tables.len());
        for table in &self.tables {
            tables.push(difference::find(tx, table, scope(table.table, since)?).await?);
        }
        let equal = tables.iter().all(Difference::is_none);
        let swapped = swap && !equal;
        if swapped {
            for table in &self.tables {
                difference::exchange(tx, table).await?;
            }
        }
        Ok(Report { projections, since, tables, equal, swapped })
    }

    /// Compares the inboxes. What only the live projection has decided about must be older than what was read, which
    /// begins at `begins`.
    async fn replayed(
        &self,
        tx: &DatabaseTransaction,
        passage: &Passage,
        begins: DateTime<Utc>,
    ) -> Result<Replayed, ReplayError> {
        let (durable, stream) = (passage.durable(), passage.stream());
        let query = format!(
            "SELECT count(*) FILTER (WHERE event_id < $2), count(*) FILTER (WHERE event_id >= $2),
                    (SELECT count(*) FROM inbox WHERE consumer = $1)
             FROM {}.inbox AS live
             WHERE consumer = $1 AND reason IS DISTINCT FROM $3
               AND NOT EXISTS (SELECT FROM inbox WHERE consumer = $1 AND inbox.event_id = live.event_id)",
            self.schema
        );
        // What expired ends somewhere near the first event that was read; where nothing expired, exactly there.
        let kept = if passage.is_whole() { begins } else { begins + CLOCKS_DIFFER };
        let counts = sql(&query, [durable.into(), first_id(kept).into(), DISCARDED.into()]);
        let row = tx.query_one_raw(counts).await?.ok_or_else(|| DbErr::RecordNotFound("counts".to_owned()))?;
        let (older, missing): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        // What was taken out on purpose is not the newest about anything.
        let each_tells_all = self.tables.iter().all(|beside| beside.table.rows == Rows::OfOneEvent);
        if missing > 0 && !(passage.loses_some() && each_tells_all) {
            return Err(ReplayError::Hole { durable, stream, count: missing });
        }
        Ok(Replayed {
            durable: durable.to_owned(),
            stream: stream.to_owned(),
            events: row.try_get_by_index(2)?,
            undecided: passage.undecided(),
            unread: older + missing,
        })
    }
}

/// The projection `durable`, with those that write the same tables.
fn group(subscriptions: &[Subscription], durable: &str) -> Result<Vec<Subscription>, ReplayError> {
    let projections = || subscriptions.iter().filter(|one| one.kind == Kind::Projection);
    let known = || {
        let names: Vec<&str> = projections().map(|one| one.durable).collect();
        if names.is_empty() { "none in this service".to_owned() } else { names.join(", ") }
    };
    let found = subscriptions.iter().find(|one| one.durable == durable);
    let found = found.ok_or_else(|| ReplayError::Unknown { durable: durable.to_owned(), known: known() })?;
    if found.kind == Kind::Reaction {
        return Err(ReplayError::Reaction { durable: durable.to_owned(), known: known() });
    }
    let mut group = vec![found.clone()];
    loop {
        let tables: Vec<&str> = group.iter().flat_map(|one| one.tables).map(|table| table.name).collect();
        let joins = |one: &&Subscription| {
            group.iter().all(|member| member.durable != one.durable)
                && one.tables.iter().any(|table| tables.contains(&table.name))
        };
        let Some(next) = projections().find(joins) else { return Ok(group) };
        let next = next.clone();
        group.push(next);
    }
}

/// What `group` writes, each table once.
fn tables_of(group: &[Subscription]) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for table in group.iter().flat_map(|one| one.tables) {
        match tables.iter_mut().find(|known| known.name == table.name) {
            None => tables.push(*table),
            Some(known) => {
                if known.rows != table.rows {
                    known.rows = Rows::OfAllEvents;
                }
                if known.personal != table.personal {
                    known.personal = Personal::AllBut(&[]);
                }
            }
        }
    }
    tables
}

/// Which rows of `table` can be told from the events that happened since.
fn scope(table: Table, since: Option<DateTime<Utc>>) -> Result<Scope, ReplayError> {
    let Some(since) = since else { return Ok(Scope::Everything) };
    let since = since + CLOCKS_DIFFER;
    match table.rows {
        Rows::OfAllEvents => Err(ReplayError::Part(table.name)),
        Rows::OfOneEvent => Ok(Scope::WhatWasTold),
        Rows::OfOneThing(column) => Ok(Scope::Younger { column, than: first_id(since).to_string() }),
        Rows::OfOneTime(column) => Ok(Scope::Younger { column, than: since.to_rfc3339() }),
    }
}

/// Smaller than every UUIDv7 made from `time` on, and not smaller than any made before.
fn first_id(time: DateTime<Utc>) -> Uuid {
    let milliseconds = u128::try_from(time.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(milliseconds << 80)
}

#[cfg(test)]
mod tests {
    use livemart_contracts::facts;

    use super::*;
    use crate::{Context, Decision, Delivered, Projection, Reaction, Tables};

    facts! { enum Sale { Confirmed(OrderConfirmed) } }
    facts! { enum Income { Captured(PaymentCaptured) } }

    macro_rules! projection {
        ($name:ident, $event:ty, $durable:literal, $($table:literal: $rows:expr),+) => {
            struct $name;
            impl Projection for $name {
                type Event = $event;
                const DURABLE: &'static str = $durable;
                const TABLES: &'static [Table] = &[$(Table { name: $table, rows: $rows, personal: Personal::Nothing }),+];
                async fn project(&self, _: &Tables<'_>, batch: &[Delivered<$event>]) -> Result<Vec<Decision>, Failure> {
                    Ok(vec![Decision::Applied; batch.len()])
                }
            }
        };
    }
    projection!(Sales, Sale, "sales", "days": Rows::OfAllEvents);
    projection!(Incomes, Income, "incomes", "days": Rows::OfOneEvent, "currencies": Rows::OfOneEvent);
    projection!(Currencies, Income, "currencies", "currencies": Rows::OfOneEvent);
    projection!(Alone, Sale, "alone", "lonely": Rows::OfOneThing("order_id"));

    struct Reacts;
    impl Reaction for Reacts {
        type Event = Sale;
        const DURABLE: &'static str = "reacts";
        async fn react(&self, _: &mut Context, batch: &[Delivered<Sale>]) -> Result<Vec<Decision>, Failure> {
            Ok(vec![Decision::Applied; batch.len()])
        }
    }

    fn service() -> Vec<Subscription> {
        vec![
            Subscription::projection(Sales),
            Subscription::projection(Incomes),
            Subscription::projection(Alone),
            Subscription::projection(Currencies),
            Subscription::reaction(Reacts),
        ]
    }

    #[test]
    fn projections_that_share_tables_are_replayed_together_also_by_way_of_a_third() {
        let names = |durable| -> Vec<&str> {
            group(&service(), durable).expect("known").iter().map(|one| one.durable).collect()
        };
        assert_eq!(names("sales"), ["sales", "incomes", "currencies"]);
        assert_eq!(names("currencies"), ["currencies", "incomes", "sales"]);
        assert_eq!(names("alone"), ["alone"]);
        let tables: Vec<(&str, Rows)> = tables_of(&group(&service(), "incomes").expect("known"))
            .iter()
            .map(|table| (table.name, table.rows))
            .collect();
        assert_eq!(
            tables,
            [("days", Rows::OfAllEvents), ("currencies", Rows::OfOneEvent)],
            "they differ about the days"
        );
    }

    #[test]
    fn a_reaction_is_never_replayed_and_an_unknown_name_is_answered_with_the_known_ones() {
        let said = |durable| group(&service(), durable).err().expect("refused").to_string();
        assert_eq!(said("sale"), "no projection sale; there are sales, incomes, alone, currencies");
        assert!(said("reacts").starts_with("reacts is a reaction:"), "{}", said("reacts"));
    }

    #[test]
    fn ids_are_told_apart_by_the_time_at_which_they_were_made() {
        let now = Clock::default().now();
        let made = |seconds| Clock::ahead_by(TimeDelta::seconds(seconds)).new_uuid();
        assert!(made(-1) < first_id(now) && first_id(now) < made(1));
    }
}
