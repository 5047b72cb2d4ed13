//! The inbox: which events a consumer has dealt with, and how it decided, in the transaction of its effect.
//!
//! Keyed by consumer and event id, never by stream sequence: sequences are used again after a stream was damaged.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use livemart_contracts::EventId;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::store::sql;

/// Claims `events` for `durable` and answers which of them it had not seen. Another replica that claims the same event
/// at the same time waits here until this transaction ends.
pub(crate) async fn claim_in(
    tx: &impl ConnectionTrait,
    durable: &str,
    events: &[EventId],
    now: DateTime<Utc>,
) -> Result<HashSet<EventId>, DbErr> {
    // In one order everywhere, so that two replicas with overlapping batches wait instead of deadlocking.
    let mut ids: Vec<Uuid> = events.iter().map(|event| event.uuid()).collect();
    ids.sort_unstable();
    let rows = tx
        .query_all_raw(sql(
            "INSERT INTO inbox (consumer, event_id, decision, decided_at)
             SELECT $1, event_id, 'applied', $3 FROM unnest($2) AS events (event_id)
             ON CONFLICT DO NOTHING
             RETURNING event_id",
            [durable.into(), ids.into(), now.into()],
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index::<Uuid>(0).map(EventId::from)).collect()
}

/// Records events that changed nothing: `decision` is `duplicate` or `ignored`, `reason` says why.
pub(crate) async fn record_in(
    tx: &impl ConnectionTrait,
    durable: &str,
    decided: &[(EventId, &'static str, String)],
) -> Result<(), DbErr> {
    if decided.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = decided.iter().map(|(event, ..)| event.uuid()).collect();
    let decisions: Vec<String> = decided.iter().map(|(_, decision, _)| (*decision).to_owned()).collect();
    let reasons: Vec<String> = decided.iter().map(|(.., reason)| reason.clone()).collect();
    tx.execute_raw(sql(
        "UPDATE inbox SET decision = decided.decision, reason = decided.reason
         FROM unnest($2, $3, $4) AS decided (event_id, decision, reason)
         WHERE consumer = $1 AND inbox.event_id = decided.event_id",
        [durable.into(), ids.into(), decisions.into(), reasons.into()],
    ))
    .await?;
    Ok(())
}

/// Forgets events that were claimed but cannot be decided yet.
pub(crate) async fn unclaim_in(tx: &impl ConnectionTrait, durable: &str, events: &[EventId]) -> Result<(), DbErr> {
    if events.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = events.iter().map(|event| event.uuid()).collect();
    tx.execute_raw(sql("DELETE FROM inbox WHERE consumer = $1 AND event_id = ANY($2)", [durable.into(), ids.into()]))
        .await?;
    Ok(())
}
