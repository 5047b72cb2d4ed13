//! A service's own schema, and the one way to write to it.

use std::sync::Arc;

use livemart_contracts::Clock;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement, TransactionTrait, Value};

use crate::context::{Context, UnitOfWork};
use crate::wake::Wakes;

/// A statement for Postgres with `$1, $2, …` for `values`.
pub fn sql(text: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, text, values)
}

/// A service's handle to its schema. Reads go to [`Store::db`], writes through [`Store::begin`].
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: DatabaseConnection,
    clock: Clock,
    wakes: Wakes,
    service: &'static str,
    emits: Vec<&'static str>,
    batch: usize,
}

impl Store {
    /// `emits` are the subjects that `service` declares; emitting another one is a mistake that debug builds refuse.
    pub fn new(
        db: DatabaseConnection,
        clock: Clock,
        wakes: Wakes,
        service: &'static str,
        emits: Vec<&'static str>,
    ) -> Self {
        Self { inner: Arc::new(Inner { db, clock, wakes, service, emits, batch: usize::MAX }) }
    }

    /// The same store, whose steps share a transaction in batches of at most `most`. Without it, each loop of this crate
    /// takes as many as serves it best.
    pub fn in_batches_of(self, most: usize) -> Self {
        let Inner { db, clock, wakes, service, emits, .. } = &*self.inner;
        let (db, wakes, emits) = (db.clone(), wakes.clone(), emits.clone());
        Self { inner: Arc::new(Inner { db, clock: *clock, wakes, service, emits, batch: most }) }
    }

    /// How many steps may share a transaction, of a loop that would take `best`.
    pub fn batch(&self, best: usize) -> usize {
        self.inner.batch.min(best)
    }

    /// For reading outside a transaction.
    pub fn db(&self) -> &DatabaseConnection {
        &self.inner.db
    }

    pub fn clock(&self) -> Clock {
        self.inner.clock
    }

    pub fn wakes(&self) -> &Wakes {
        &self.inner.wakes
    }

    pub fn service(&self) -> &'static str {
        self.inner.service
    }

    pub(crate) fn declares(&self, subject: &str) -> bool {
        self.inner.emits.contains(&subject)
    }

    /// Starts a transaction. Dropped without [`UnitOfWork::commit`], it leaves nothing behind.
    pub async fn begin(&self) -> Result<UnitOfWork, DbErr> {
        let tx = self.inner.db.begin().await?;
        Ok(UnitOfWork::new(Context::new(tx, self.clone())))
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.inner.db.execute_unprepared("SELECT 1").await.map(|_| ())
    }
}

/// Whether `error` says that the database cannot be reached, rather than that it refused what was asked.
pub fn is_unavailable(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => match &**error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                true
            }
            // Class 57: the server is shutting down, crashed or starting; 53: out of connections, memory or disk.
            sqlx::Error::Database(error) => {
                error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("53"))
            }
            _ => false,
        },
        _ => false,
    }
}
