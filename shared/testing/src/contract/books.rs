//! What a service has written down: its tables by fingerprint; outbox, tasks and inbox row by row.

use std::collections::BTreeMap;

use livemart_contracts::EventId;
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use super::Effects;

/// Read row by row, or not the service's own.
const SHARED_TABLES: [&str; 5] = ["outbox", "inbox", "tasks", "idempotency_keys", "seaql_migrations"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Books {
    tables: BTreeMap<String, String>,
    /// Subject, and the event that caused it.
    outbox: Vec<(String, Option<String>)>,
    tasks: Vec<(String, Option<Uuid>)>,
    /// The decisions of the durable that is tried.
    inbox: BTreeMap<Uuid, String>,
}

impl Books {
    /// All of it but these tables.
    pub(super) fn without(mut self, tables: &[&str]) -> Self {
        self.tables.retain(|name, _| !tables.contains(&name.as_str()));
        self
    }

    /// `pool` sees the schema of the service.
    pub(super) async fn read(pool: &PgPool, durable: &str) -> Result<Self, sqlx::Error> {
        let names: Vec<String> = sqlx::query_scalar(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() AND tablename <> ALL ($1)",
        )
        .bind(SHARED_TABLES.map(str::to_owned).to_vec())
        .fetch_all(pool)
        .await?;
        let mut tables = BTreeMap::new();
        for name in names {
            let fingerprint =
                format!("SELECT md5(coalesce(string_agg(t::text, ';' ORDER BY t::text), '')) FROM {name} t");
            tables.insert(name, sqlx::query_scalar(AssertSqlSafe(fingerprint)).fetch_one(pool).await?);
        }
        let outbox = "SELECT subject, headers->>'ce-causationid' FROM outbox ORDER BY position";
        let inbox = "SELECT event_id, decision FROM inbox WHERE consumer = $1";
        Ok(Self {
            tables,
            outbox: sqlx::query_as(outbox).fetch_all(pool).await?,
            tasks: sqlx::query_as("SELECT kind, cause_event_id FROM tasks ORDER BY id").fetch_all(pool).await?,
            inbox: sqlx::query_as(inbox).bind(durable).fetch_all(pool).await?.into_iter().collect(),
        })
    }

    pub(super) fn decision(&self, event: EventId) -> Option<&str> {
        self.inbox.get(&event.uuid()).map(String::as_str)
    }

    /// What `later` has that these have not.
    pub(super) fn difference<'a>(&self, later: &'a Self) -> Difference<'a> {
        Difference {
            emits: later.outbox[self.outbox.len()..].to_vec(),
            asks: later.tasks[self.tasks.len()..].to_vec(),
            changes: later
                .tables
                .iter()
                .filter(|(name, fingerprint)| self.tables.get(*name) != Some(fingerprint))
                .map(|(name, _)| name.as_str())
                .collect(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Difference<'a> {
    emits: Vec<(String, Option<String>)>,
    asks: Vec<(String, Option<Uuid>)>,
    changes: Vec<&'a str>,
}

impl Difference<'_> {
    /// Fails unless this is exactly what `effects` say, all of it caused by `event`.
    #[track_caller]
    pub(super) fn is(&self, effects: Effects, event: EventId) {
        let emits: Vec<&str> = self.emits.iter().map(|(subject, _)| subject.as_str()).collect();
        let asks: Vec<&str> = self.asks.iter().map(|(kind, _)| kind.as_str()).collect();
        let seen = (emits.as_slice(), asks.as_slice(), self.changes.as_slice());
        assert_eq!(seen, (effects.emits, effects.asks, effects.changes), "left, what was seen; right, what is due");
        let id = event.to_string();
        assert!(self.emits.iter().all(|(_, cause)| cause.as_ref() == Some(&id)), "{self:?} is not caused by {id}");
        assert!(self.asks.iter().all(|(_, cause)| *cause == Some(event.uuid())), "{self:?} is not caused by {id}");
    }

    #[track_caller]
    pub(super) fn announces_nothing_and_asks_for_nothing(&self) {
        assert!(self.emits.is_empty() && self.asks.is_empty(), "what was remembered did not help: {self:?}");
    }
}
