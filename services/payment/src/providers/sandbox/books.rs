//! The sandbox's books in Postgres. Entries that arrive while a commit is under way share the next one.

use std::collections::HashMap;
use std::sync::Arc;

use livemart_messaging::group::{Group, Lane, group};
use livemart_messaging::sql;
use livemart_runtime::Edge;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, FromQueryResult, TransactionTrait,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use super::ledger::{BookedHold, Entry, HoldStatus, Ledger, Posted};
use crate::providers::ProviderError;

/// One for each lane that commits, and one for who reads.
const CONNECTIONS: u32 = livemart_messaging::group::LANES as u32 + 1;

type Answer = Result<Posted, ProviderError>;

/// The clients' side of the books.
pub(super) struct Entries {
    group: Group<Entry, Answer>,
    pub(super) database: Arc<Connection>,
}

impl Entries {
    pub(super) async fn post(&self, entry: Entry) -> Answer {
        let answer = self.group.submit(entry).await;
        answer.unwrap_or_else(|overloaded| Err(ProviderError::Unavailable(overloaded.to_string())))
    }
}

pub(super) fn status(text: &str) -> Result<HoldStatus, DbErr> {
    let all = [HoldStatus::Held, HoldStatus::Captured, HoldStatus::Voided];
    let known = all.into_iter().find(|status| status.as_str() == text);
    known.ok_or_else(|| DbErr::Type(format!("a hold is {text}")))
}

/// The books, closed.
pub struct Books {
    database: Arc<Connection>,
    lanes: Vec<Lane<Entry, Answer>>,
}

impl Books {
    pub(super) fn new(url: Option<SecretString>) -> (Entries, Self) {
        let (group, lanes) = group();
        let database = Arc::new(Connection { url, opened: OnceCell::new() });
        (Entries { group, database: Arc::clone(&database) }, Self { database, lanes })
    }

    /// Answers entries until the service stops.
    pub fn open(self, edge: &Edge) {
        for lane in self.lanes {
            let database = Arc::clone(&self.database);
            edge.spawn_until_stop(async move { lane.run(|entries| post_or_split(&database, entries)).await });
        }
    }
}

/// Opened when it is first needed: the service starts without its provider.
pub(super) struct Connection {
    url: Option<SecretString>,
    opened: OnceCell<DatabaseConnection>,
}

impl Connection {
    pub(super) async fn get(&self) -> Result<&DatabaseConnection, DbErr> {
        self.opened
            .get_or_try_init(async || {
                let url = self.url.as_ref();
                let url =
                    url.ok_or_else(|| DbErr::Custom("LIVEMART_PAYMENT_SANDBOX_DATABASE_URL is not set".to_owned()))?;
                let mut options = ConnectOptions::new(url.expose_secret());
                options.max_connections(CONNECTIONS).test_before_acquire(false).sqlx_logging(false);
                Database::connect(options).await
            })
            .await
    }
}

/// Posts a batch or, where that fails, each entry by itself.
async fn post_or_split(database: &Connection, entries: Vec<Entry>) -> Vec<Answer> {
    if let Ok(answers) = post(database, &entries).await {
        return answers;
    }
    let mut answers = Vec::with_capacity(entries.len());
    for entry in &entries {
        match post(database, std::slice::from_ref(entry)).await {
            Ok(answer) => answers.extend(answer),
            Err(error) => answers.push(Err(ProviderError::Unavailable(error.to_string()))),
        }
    }
    answers
}

/// One transaction: read what the entries are about, do the bookkeeping, write what changed.
async fn post(database: &Connection, entries: &[Entry]) -> Result<Vec<Answer>, DbErr> {
    let tx = database.get().await?.begin().await?;
    let mut ledger = read(&tx, entries).await?;
    let answers = entries.iter().map(|entry| ledger.post(entry)).collect();
    write(&tx, &ledger).await?;
    tx.commit().await?;
    Ok(answers)
}

#[derive(FromQueryResult)]
struct HoldRow {
    reference: String,
    idempotency_key: String,
    order_reference: String,
    method: String,
    amount: i64,
    currency: String,
    status: String,
    captured: i64,
    refunded: i64,
}

async fn read(tx: &impl ConnectionTrait, entries: &[Entry]) -> Result<Ledger, DbErr> {
    let keys: Vec<String> = entries.iter().map(|entry| entry.key().to_owned()).collect();
    let references: Vec<String> = entries.iter().filter_map(|entry| entry.reference().map(str::to_owned)).collect();
    let rows = HoldRow::find_by_statement(sql(
        "SELECT reference, idempotency_key, order_reference, method, amount, currency, status, captured, refunded
         FROM holds WHERE idempotency_key = ANY ($1) OR reference = ANY ($2)
         ORDER BY reference
         FOR UPDATE",
        [keys.clone().into(), references.clone().into()],
    ))
    .all(tx)
    .await?;
    let mut ledger = Ledger::default();
    for row in rows {
        let status = status(&row.status)?;
        let hold = BookedHold {
            reference: row.reference,
            key: row.idempotency_key,
            order_reference: row.order_reference,
            method: row.method,
            amount: row.amount,
            currency: row.currency,
            status,
            captured: row.captured,
            refunded: row.refunded,
        };
        ledger.holds.insert(hold.reference.clone(), hold);
    }
    // An entry that names a hold is an operation on it.
    if !references.is_empty() {
        let done = sql("SELECT idempotency_key FROM operations WHERE idempotency_key = ANY ($1)", [keys.into()]);
        for row in tx.query_all_raw(done).await? {
            ledger.done.insert(row.try_get_by_index(0)?);
        }
    }
    ledger.attempts = count_attempts(tx, entries).await?;
    Ok(ledger)
}

/// Counts the tries among `entries`, and answers how many each key has had.
async fn count_attempts(tx: &impl ConnectionTrait, entries: &[Entry]) -> Result<HashMap<String, u32>, DbErr> {
    let mut counts = HashMap::new();
    for entry in entries {
        if let Entry::Attempt { key } = entry {
            let count = sql(
                "INSERT INTO attempts (idempotency_key, made) VALUES ($1, 1)
                 ON CONFLICT (idempotency_key) DO UPDATE SET made = attempts.made + 1
                 RETURNING made",
                [key.into()],
            );
            if let Some(row) = tx.query_one_raw(count).await? {
                counts.insert(key.clone(), u32::try_from(row.try_get_by_index::<i32>(0)?).unwrap_or(u32::MAX));
            }
        }
    }
    Ok(counts)
}

async fn write(tx: &impl ConnectionTrait, ledger: &Ledger) -> Result<(), DbErr> {
    let holds: Vec<&BookedHold> = ledger.changed.iter().filter_map(|reference| ledger.holds.get(reference)).collect();
    if !holds.is_empty() {
        let texts = |of: fn(&BookedHold) -> &str| holds.iter().map(|hold| of(hold).to_owned()).collect::<Vec<String>>();
        let numbers = |of: fn(&BookedHold) -> i64| holds.iter().map(|hold| of(hold)).collect::<Vec<i64>>();
        tx.execute_raw(sql(
            "INSERT INTO holds (reference, idempotency_key, order_reference, method, amount, currency, status, captured,
                                refunded)
             SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (reference) DO UPDATE
             SET status = excluded.status, captured = excluded.captured, refunded = excluded.refunded",
            [
                texts(|hold| &hold.reference).into(),
                texts(|hold| &hold.key).into(),
                texts(|hold| &hold.order_reference).into(),
                texts(|hold| &hold.method).into(),
                numbers(|hold| hold.amount).into(),
                texts(|hold| &hold.currency).into(),
                texts(|hold| hold.status.as_str()).into(),
                numbers(|hold| hold.captured).into(),
                numbers(|hold| hold.refunded).into(),
            ],
        ))
        .await?;
    }
    if !ledger.operations.is_empty() {
        let keys: Vec<String> = ledger.operations.iter().map(|done| done.key.clone()).collect();
        let references: Vec<String> = ledger.operations.iter().map(|done| done.reference.clone()).collect();
        let kinds: Vec<String> = ledger.operations.iter().map(|done| done.kind.to_owned()).collect();
        let amounts: Vec<i64> = ledger.operations.iter().map(|done| done.amount).collect();
        tx.execute_raw(sql(
            "INSERT INTO operations (idempotency_key, reference, kind, amount) SELECT * FROM unnest($1, $2, $3, $4)",
            [keys.into(), references.into(), kinds.into(), amounts.into()],
        ))
        .await?;
    }
    Ok(())
}
