//! The tables `webhook_messages`, `webhook_deliveries` and `webhook_attempts`: what was to be sent to whom, and what came
//! of each attempt.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use livemart_contracts::EventId;
use livemart_contracts::ids::{WebhookAttemptId, WebhookEndpointId};
use livemart_messaging::{Listing, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::words;
use crate::domain::Secret;
use crate::webhooks::DeliveryRequest;

/// An event to be passed on.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub event_id: EventId,
    pub kind: &'static str,
    pub fact: String,
    pub at: DateTime<Utc>,
    pub data: Box<RawValue>,
}

impl NewMessage {
    /// What is sent and signed, byte for byte.
    fn body(&self) -> String {
        #[derive(Serialize)]
        struct Body<'a> {
            id: EventId,
            #[serde(rename = "type")]
            kind: &'a str,
            timestamp: String,
            data: &'a RawValue,
        }
        let timestamp = self.at.to_rfc3339_opts(SecondsFormat::Micros, true);
        let body = Body { id: self.event_id, kind: self.kind, timestamp, data: &self.data };
        serde_json::to_string(&body).unwrap_or_else(|error| unreachable!("a body is JSON: {error}"))
    }
}

/// Inserts those whose fact is new, and answers which.
pub async fn insert_messages_in(
    tx: &impl ConnectionTrait,
    messages: &[NewMessage],
    now: DateTime<Utc>,
) -> Result<HashSet<EventId>, DbErr> {
    if messages.is_empty() {
        return Ok(HashSet::new());
    }
    // In one order everywhere, so that two replicas with the same facts wait instead of deadlocking.
    let mut messages: Vec<&NewMessage> = messages.iter().collect();
    messages.sort_unstable_by(|one, other| one.fact.cmp(&other.fact));
    let column = |of: fn(&NewMessage) -> String| messages.iter().map(|message| of(message)).collect::<Vec<String>>();
    let rows = tx
        .query_all_raw(sql(
            "INSERT INTO webhook_messages (event_id, type, fact, body, created_at)
             SELECT event_id, type, fact, body, $5 FROM unnest($1, $2, $3, $4) AS new (event_id, type, fact, body)
             ON CONFLICT DO NOTHING
             RETURNING event_id",
            [
                messages.iter().map(|message| message.event_id.uuid()).collect::<Vec<Uuid>>().into(),
                column(|message| message.kind.to_owned()).into(),
                column(|message| message.fact.clone()).into(),
                column(NewMessage::body).into(),
                now.into(),
            ],
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index::<Uuid>(0).map(EventId::from)).collect()
}

pub const WAITING: &str = "waiting";
pub const DELIVERED: &str = "delivered";
pub const FAILED: &str = "failed";
pub const DROPPED: &str = "dropped";

pub async fn insert_in(
    tx: &impl ConnectionTrait,
    deliveries: &[DeliveryRequest],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    if deliveries.is_empty() {
        return Ok(());
    }
    let endpoints: Vec<Uuid> = deliveries.iter().map(|delivery| delivery.endpoint_id.uuid()).collect();
    let events: Vec<Uuid> = deliveries.iter().map(|delivery| delivery.event_id.uuid()).collect();
    // An endpoint that is deleted at this moment is gone when the lock is there.
    tx.execute_raw(sql(
        "INSERT INTO webhook_deliveries (endpoint_id, event_id, status, created_at, updated_at)
         SELECT webhook_endpoints.id, event_id, $3, $4, $4
         FROM unnest($1, $2) AS new (endpoint_id, event_id)
         JOIN webhook_endpoints ON webhook_endpoints.id = endpoint_id
         ON CONFLICT DO NOTHING",
        [endpoints.into(), events.into(), WAITING.into(), now.into()],
    ))
    .await?;
    Ok(())
}

/// Everything that an attempt needs.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub url: String,
    /// The newest first.
    pub secrets: Vec<Secret>,
    pub disabled: bool,
    pub body: String,
}

/// `None` where the endpoint or the message is gone.
pub async fn find_outgoing(
    db: &impl ConnectionTrait,
    delivery: DeliveryRequest,
    now: DateTime<Utc>,
) -> Result<Option<Outgoing>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        url: String,
        secret: Vec<u8>,
        previous_secret: Option<Vec<u8>>,
        disabled: bool,
        body: String,
    }
    let row = Row::find_by_statement(sql(
        "SELECT url, secret, CASE WHEN previous_secret_until > $3 THEN previous_secret END AS previous_secret,
                disabled_at IS NOT NULL AS disabled, body
         FROM webhook_deliveries
         JOIN webhook_endpoints ON webhook_endpoints.id = endpoint_id
         JOIN webhook_messages USING (event_id)
         WHERE endpoint_id = $1 AND event_id = $2",
        [delivery.endpoint_id.uuid().into(), delivery.event_id.uuid().into(), now.into()],
    ))
    .one(db)
    .await?;
    Ok(row.map(|row| Outgoing {
        secrets: [Some(row.secret), row.previous_secret].into_iter().flatten().map(Secret).collect(),
        url: row.url,
        disabled: row.disabled,
        body: row.body,
    }))
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    pub status: Option<u16>,
    pub error: Option<String>,
    pub took: Duration,
    /// What the receiver wants before the next one.
    pub retry_after: Option<Duration>,
}

/// Writes an attempt down, unless its delivery is gone.
pub async fn tried(
    db: &impl ConnectionTrait,
    id: WebhookAttemptId,
    delivery: DeliveryRequest,
    tried: &Try,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    db.execute_raw(sql(
        "INSERT INTO webhook_attempts (id, endpoint_id, event_id, status, error, took_ms, at)
         SELECT $1, endpoint_id, event_id, $4, $5, $6, $7 FROM webhook_deliveries WHERE endpoint_id = $2 AND event_id = $3",
        [
            id.uuid().into(),
            delivery.endpoint_id.uuid().into(),
            delivery.event_id.uuid().into(),
            tried.status.and_then(|status| i16::try_from(status).ok()).into(),
            tried.error.as_deref().map(words).into(),
            i32::try_from(tried.took.as_millis()).unwrap_or(i32::MAX).into(),
            now.into(),
        ],
    ))
    .await?;
    Ok(())
}

/// What became of deliveries.
pub async fn conclude_in(
    tx: &impl ConnectionTrait,
    concluded: &[(DeliveryRequest, &'static str)],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    if concluded.is_empty() {
        return Ok(());
    }
    let endpoints: Vec<Uuid> = concluded.iter().map(|(delivery, _)| delivery.endpoint_id.uuid()).collect();
    let events: Vec<Uuid> = concluded.iter().map(|(delivery, _)| delivery.event_id.uuid()).collect();
    let statuses: Vec<String> = concluded.iter().map(|(_, status)| (*status).to_owned()).collect();
    tx.execute_raw(sql(
        "UPDATE webhook_deliveries AS delivery SET status = concluded.status, updated_at = $4
         FROM unnest($1, $2, $3) AS concluded (endpoint_id, event_id, status)
         WHERE delivery.endpoint_id = concluded.endpoint_id AND delivery.event_id = concluded.event_id",
        [endpoints.into(), events.into(), statuses.into(), now.into()],
    ))
    .await?;
    Ok(())
}

/// An attempt as it is shown.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Attempted {
    pub id: Uuid,
    pub event_id: Uuid,
    pub kind: String,
    pub status: Option<i16>,
    pub error: Option<String>,
    pub took_ms: i32,
    pub at: DateTime<Utc>,
    /// Of its delivery.
    pub outcome: String,
}

/// At most `limit` attempts at an endpoint, the newest first.
pub async fn attempts(
    db: &impl ConnectionTrait,
    endpoint: WebhookEndpointId,
    after: Option<WebhookAttemptId>,
    limit: i64,
) -> Result<Vec<Attempted>, DbErr> {
    let of_endpoint =
        "SELECT attempt.id, event_id, type AS kind, attempt.status, error, took_ms, at, delivery.status AS outcome
         FROM webhook_attempts AS attempt
         JOIN webhook_deliveries AS delivery USING (endpoint_id, event_id)
         JOIN webhook_messages USING (event_id)
         WHERE endpoint_id = $1";
    let wanted = Listing::new(of_endpoint, [endpoint.uuid().into()]).and("attempt.id <", after.map(|id| id.uuid()));
    Attempted::find_by_statement(wanted.page("attempt.id DESC", limit)).all(db).await
}

/// A delivery that is locked.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Delivery {
    pub event_id: Uuid,
    pub status: String,
    /// Of its endpoint.
    pub disabled: bool,
}

/// Locks the delivery that an attempt belongs to.
pub async fn lock_of_attempt_in(
    tx: &impl ConnectionTrait,
    endpoint: WebhookEndpointId,
    attempt: WebhookAttemptId,
) -> Result<Option<Delivery>, DbErr> {
    let row = Delivery::find_by_statement(sql(
        "SELECT event_id, delivery.status, disabled_at IS NOT NULL AS disabled
         FROM webhook_attempts AS attempt
         JOIN webhook_deliveries AS delivery USING (endpoint_id, event_id)
         JOIN webhook_endpoints AS endpoint ON endpoint.id = endpoint_id
         WHERE endpoint_id = $1 AND attempt.id = $2
         FOR UPDATE OF delivery",
        [endpoint.uuid().into(), attempt.uuid().into()],
    ));
    row.one(tx).await
}

/// Has a delivery wait again; answers how often that was done.
pub async fn resend_in(tx: &impl ConnectionTrait, delivery: DeliveryRequest, now: DateTime<Utc>) -> Result<i32, DbErr> {
    let row = tx
        .query_one_raw(sql(
            "UPDATE webhook_deliveries SET status = $3, resends = resends + 1, updated_at = $4
             WHERE endpoint_id = $1 AND event_id = $2 RETURNING resends",
            [delivery.endpoint_id.uuid().into(), delivery.event_id.uuid().into(), WAITING.into(), now.into()],
        ))
        .await?;
    row.ok_or_else(|| DbErr::RecordNotFound("the delivery".to_owned()))?.try_get_by_index(0)
}

/// Forgets at most `limit` messages that are older than `until`, with their deliveries and attempts.
pub async fn forget_in(tx: &impl ConnectionTrait, until: DateTime<Utc>, limit: i64) -> Result<u64, DbErr> {
    let forgotten = tx
        .execute_raw(sql(
            "DELETE FROM webhook_messages WHERE event_id IN (
                 SELECT event_id FROM webhook_messages WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
            [until.into(), limit.into()],
        ))
        .await?;
    Ok(forgotten.rows_affected())
}
