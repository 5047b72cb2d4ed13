//! The inbox: which events a consumer has dealt with, and how it decided, in the transaction of its effect.
//!
//! Keyed by event id and consumer, never by stream sequence: sequences are used again after a stream was damaged.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use livemart_contracts::EventId;
use sea_orm::{ConnectionTrait, DbErr, Value};
use uuid::Uuid;

use crate::store::sql;

/// What a consumer decided about an event, to be kept.
pub(crate) struct Entry {
    pub(crate) event: EventId,
    pub(crate) decision: &'static str,
    /// Why nothing changed.
    pub(crate) reason: Option<String>,
}

/// Which of `events` `durable` has decided about.
pub(crate) async fn known_in(
    tx: &impl ConnectionTrait,
    durable: &str,
    events: &[EventId],
) -> Result<HashSet<EventId>, DbErr> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.uuid()).collect();
    let rows = tx
        .query_all_raw(sql(
            "SELECT event_id FROM inbox WHERE event_id = ANY ($2) AND consumer = $1",
            [durable.into(), ids.into()],
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index::<Uuid>(0).map(EventId::from)).collect()
}

/// Keeps decisions, of [`values`]. If another replica decides about one of them at the same time, this waits for the end of
/// its transaction, and fails where it is committed.
pub(crate) const INSERT: &str = "
    INSERT INTO inbox (consumer, event_id, decision, reason, decided_at)
    SELECT $1, event_id, decision, nullif(reason, ''), $5
    FROM unnest($2, $3, $4) AS decided (event_id, decision, reason)";

/// `$1` to `$5` of [`INSERT`].
pub(crate) fn values(durable: &str, mut entries: Vec<Entry>, now: DateTime<Utc>) -> [Value; 5] {
    // In one order everywhere, so that two replicas with overlapping batches wait instead of deadlocking.
    entries.sort_unstable_by_key(|entry| entry.event);
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.event.uuid()).collect();
    let decisions: Vec<String> = entries.iter().map(|entry| entry.decision.to_owned()).collect();
    let reasons: Vec<String> = entries.into_iter().map(|entry| entry.reason.unwrap_or_default()).collect();
    [durable.into(), ids.into(), decisions.into(), reasons.into(), now.into()]
}
