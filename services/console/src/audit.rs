//! The audit: every rule of [`livemart_audit`] over the books of all services and of the payment provider, then the streams
//! beside the outboxes, then the inboxes beside the streams.
//!
//! Read only, as a user who may do nothing else ([`AUDITOR`]). It runs beside a shop that works: what changed within the time that a step may take is under way, and only
//! what is older is wrong. See [`livemart_audit::overdue`].

mod inboxes;
mod published;
mod server;

use std::time::Duration;

use anyhow::{Result, anyhow};
use async_nats::jetstream;
use chrono::{DateTime, Utc};
use livemart_audit::{Books, Reading, Violation, figures, notices, overdue, quiet_since};
use livemart_contracts::{Clock, Stream};
use livemart_local::{AUDITOR, Addresses, operator};
use serde::Serialize;
use sqlx::{Connection as _, PgConnection};
use tokio::time::Instant;

use crate::access::{AuditAccess, NatsAccess};
pub(crate) use crate::rebuild::Messages;
use crate::terminal::Doing;

pub(crate) use server::serve;

/// What was looked at, and what is wrong with it. `--json` prints it; programs rely on every name in it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) at: DateTime<Utc>,
    pub(crate) seconds: f64,
    pub(crate) looked_at: LookedAt,
    pub(crate) violations: Vec<Violation>,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct LookedAt {
    pub(crate) orders: usize,
    pub(crate) payments: usize,
    pub(crate) holds: usize,
    pub(crate) reservations: usize,
    pub(crate) products: usize,
    /// Announced and still in the streams.
    pub(crate) events: i64,
    /// Durables whose inbox was compared with what they had to read.
    pub(crate) readers: usize,
}

impl Report {
    pub(crate) fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }
}

/// Reads everything once and judges it.
pub(crate) async fn run(database: &AuditAccess, nats: &NatsAccess, messages: Messages) -> Result<Report> {
    let client = nats.connect_as(AUDITOR).await?;
    let databases = [database.connect().await?, database.connect().await?, database.connect().await?];
    audit(databases, &client, messages, Clock::default().now()).await
}

/// As [`run`], of the shop at `addresses`. What changed shortly before `at` is under way.
pub(crate) async fn of(addresses: &Addresses, messages: Messages, at: DateTime<Utc>) -> Result<Report> {
    let client = operator(&addresses.nats_url(), AUDITOR, addresses.nats_password(AUDITOR)).await?;
    let url = addresses.database_url(AUDITOR);
    let connect = async || PgConnection::connect(&url).await;
    let databases = [connect().await?, connect().await?, connect().await?];
    audit(databases, &client, messages, at).await
}

/// Books, streams and inboxes are read at once.
async fn audit(
    [mut of_books, mut of_streams, mut of_inboxes]: [PgConnection; 3],
    client: &async_nats::Client,
    messages: Messages,
    at: DateTime<Utc>,
) -> Result<Report> {
    let started = Instant::now();
    let jetstream = jetstream::new(client.clone());
    let doing = Doing::start();
    let ((looked_at, books), (events, streams), (readers, inboxes)) = tokio::try_join!(
        judged_books(&mut of_books, &jetstream, &doing, at),
        judged_streams(&mut of_streams, &jetstream, messages, &doing),
        judged_inboxes(&mut of_inboxes, &jetstream, at)
    )?;
    let looked_at = LookedAt { events, readers, ..looked_at };
    let mut violations = [books, streams, inboxes].concat();
    violations.sort_by_key(|violation| (violation.about, violation.rule));
    Ok(Report { at, seconds: rounded(started.elapsed()), looked_at, violations })
}

/// By what services and provider wrote down.
async fn judged_books(
    database: &mut PgConnection,
    jetstream: &jetstream::Context,
    doing: &Doing,
    at: DateTime<Utc>,
) -> Result<(LookedAt, Vec<Violation>)> {
    let reading = Reading { database, jetstream };
    let books = Books::read(reading, |what| doing.say(what)).await.map_err(|error| anyhow!(error))?;
    doing.say("the rules");
    let mut violations = overdue(&books, at);
    let looked_at = LookedAt {
        orders: books.orders.len(),
        payments: books.payments.len(),
        holds: books.holds.values().map(Vec::len).sum(),
        reservations: books.reservations.len(),
        products: books.stock.len(),
        ..LookedAt::default()
    };
    doing.say("analytics");
    violations.extend(figures::differences(database, quiet_since(at)).await?);
    doing.say("notifications");
    violations.extend(notices::repeated(database).await?);
    Ok((looked_at, violations))
}

/// By what was announced and what the streams hold.
async fn judged_streams(
    database: &mut PgConnection,
    jetstream: &jetstream::Context,
    messages: Messages,
    doing: &Doing,
) -> Result<(i64, Vec<Violation>)> {
    let (mut events, mut violations) = (0, Vec::new());
    for stream in Stream::ALL {
        doing.say(stream.name());
        let (more, found) = published::violations(stream, messages, jetstream, database).await?;
        events += more;
        violations.extend(found);
    }
    Ok((events, violations))
}

/// By what was announced and what its readers decided.
async fn judged_inboxes(
    database: &mut PgConnection,
    jetstream: &jetstream::Context,
    at: DateTime<Utc>,
) -> Result<(usize, Vec<Violation>)> {
    let (mut readers, mut violations) = (0, Vec::new());
    for stream in Stream::ALL {
        let (more, found) = inboxes::violations(stream, jetstream, database, at).await?;
        readers += more;
        violations.extend(found);
    }
    Ok((readers, violations))
}

fn rounded(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000.0).round() / 1_000.0
}
