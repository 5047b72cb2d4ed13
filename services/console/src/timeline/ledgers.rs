//! What the services wrote down about an order: the decisions in their inboxes, and the calls to the payment provider.

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};
use livemart_contracts::{EventId, OrderId, PaymentId};
use sqlx::{AssertSqlSafe, FromRow, PgConnection};
use uuid::Uuid;

use super::event::Event;
use super::findings::{Call, Decision};

/// Calls that a payment may need; with its id, the key of the ledger.
const CALLS: [&str; 4] = ["payment.authorize", "payment.capture", "payment.void", "payment.refund"];

#[derive(FromRow)]
struct DecisionRow {
    consumer: String,
    event_id: Uuid,
    decision: String,
    reason: Option<String>,
    decided_at: DateTime<Utc>,
}

/// What every inbox of the database says about `events`.
pub(super) async fn decisions(database: &mut PgConnection, events: &[Event]) -> Result<Vec<Decision>> {
    let inboxes: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.inbox', table_schema) FROM information_schema.tables WHERE table_name = 'inbox'",
    )
    .fetch_all(&mut *database)
    .await
    .context("list the inboxes")?;
    let ids: Vec<Uuid> = events.iter().map(|event| event.id.uuid()).collect();
    let mut decisions = Vec::new();
    for inbox in inboxes {
        // The key begins with the consumer: without its few names every row would be looked at. They are found by
        // jumping from one to the next.
        let text = format!(
            "WITH RECURSIVE known (consumer) AS (
                 SELECT min(consumer) FROM {inbox}
                 UNION ALL
                 SELECT (SELECT min(consumer) FROM {inbox} WHERE consumer > known.consumer)
                 FROM known WHERE known.consumer IS NOT NULL)
             SELECT inbox.consumer, event_id, decision, reason, decided_at
             FROM known CROSS JOIN unnest($1::uuid[]) AS wanted (id)
             JOIN {inbox} AS inbox ON inbox.consumer = known.consumer AND event_id = wanted.id"
        );
        // The name of the table comes quoted from the server.
        let rows = sqlx::query_as(AssertSqlSafe(text)).bind(&ids).fetch_all(&mut *database).await;
        let rows: Vec<DecisionRow> = rows.with_context(|| format!("read {inbox}"))?;
        decisions.extend(rows.into_iter().map(|row| Decision {
            consumer: row.consumer,
            event: EventId::from(row.event_id),
            decision: row.decision,
            reason: row.reason,
            at: row.decided_at,
        }));
    }
    Ok(decisions)
}

#[derive(FromRow)]
struct CallRow {
    kind: String,
    status: String,
    attempts: i32,
    last_error: Option<String>,
    cause_event_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    done_at: Option<DateTime<Utc>>,
}

/// The calls about the payment of `order`, in the order in which they were asked for.
pub(super) async fn calls(database: &mut PgConnection, order: OrderId) -> Result<Vec<Call>> {
    let payment: Option<Uuid> = sqlx::query_scalar("SELECT payment_id FROM payments.payments WHERE order_id = $1")
        .bind(order.uuid())
        .fetch_optional(&mut *database)
        .await
        .context("find the payment")?;
    let Some(payment) = payment else { return Ok(Vec::new()) };
    let rows: Vec<CallRow> = sqlx::query_as(
        "SELECT kind, status, attempts, last_error, cause_event_id, created_at, due_at, done_at
         FROM payments.tasks WHERE kind = ANY ($1) AND subject = $2
         ORDER BY id",
    )
    .bind(CALLS.map(str::to_owned).to_vec())
    .bind(PaymentId::from(payment).to_string())
    .fetch_all(&mut *database)
    .await
    .context("read the calls to the payment provider")?;
    let call = |row: CallRow| Call {
        cause: row.cause_event_id.map(EventId::from),
        kind: row.kind,
        status: row.status,
        attempts: row.attempts,
        last_error: row.last_error,
        asked_at: row.created_at,
        due_at: row.due_at,
        done_at: row.done_at,
    };
    Ok(rows.into_iter().map(call).collect())
}
