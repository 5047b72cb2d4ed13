//! Orders that wait longer than their step allows, from the books of all services side by side.
//!
//! Read only, and nobody is told: what is to be done is the owner's, whose own timers do it. This is for the person who
//! wants to know why it was not done.

use std::collections::HashMap;

use anyhow::Result;
use chrono::{DateTime, Utc};
use livemart_contracts::OrderId;
use livemart_contracts::saga::{DEADLINE_GRACE, STEP_LIMIT};
use serde::Serialize;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

/// An order that waits. `--json` prints it; programs rely on every name in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Stuck {
    pub(crate) order_id: OrderId,
    /// `decision`, or what the decision calls for: `capture`, `void`, `refund`, `commit`, `release`.
    pub(crate) step: String,
    /// The service that has to act.
    pub(crate) waits_for: String,
    pub(crate) since: DateTime<Utc>,
    pub(crate) waiting_seconds: i64,
    /// The call to the outside that is being tried.
    pub(crate) call: Option<Call>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Call {
    pub(crate) kind: String,
    pub(crate) attempts: i32,
    pub(crate) last_error: Option<String>,
}

/// An order that waits for its decision past its deadline, also one that only the payment service has ever heard of, or
/// that was decided and has not been followed everywhere.
#[derive(Debug, Clone, FromRow)]
struct WaitingRow {
    order_id: Uuid,
    step: String,
    waits_for: String,
    since: DateTime<Utc>,
}

/// A call that was not answered yet.
#[derive(Debug, Clone, FromRow)]
struct CallRow {
    order_id: String,
    kind: String,
    attempts: i32,
    last_error: Option<String>,
}

const WAITING: &str = "
    WITH decided AS (
        SELECT order_id, status IN ('failed', 'cancelled') AS is_over, updated_at
        FROM orders.orders WHERE status <> 'pending' AND updated_at <= $2
    )
    SELECT order_id, 'decision' AS step, 'order' AS waits_for, expires_at AS since
    FROM orders.orders WHERE status = 'pending' AND expires_at <= $1
    UNION ALL
    SELECT order_id, 'decision', 'order', payments.expires_at
    FROM payments.payments LEFT JOIN orders.orders USING (order_id)
    WHERE ask_at IS NOT NULL AND payments.expires_at <= $1 AND orders.order_id IS NULL
    UNION ALL
    SELECT order_id, CASE WHEN NOT is_over THEN 'capture'
                          WHEN payments.status IN ('captured', 'partially_refunded') THEN 'refund'
                          ELSE 'void' END, 'payment', decided.updated_at
    FROM decided LEFT JOIN payments.payments USING (order_id)
    WHERE CASE WHEN is_over THEN payments.status IN ('pending', 'unknown', 'authorized', 'captured', 'partially_refunded')
               ELSE coalesce(payments.status, 'pending') IN ('pending', 'unknown', 'authorized') END
    UNION ALL
    SELECT order_id, CASE WHEN is_over THEN 'release' ELSE 'commit' END, 'inventory', decided.updated_at
    FROM decided LEFT JOIN inventory.reservations USING (order_id)
    WHERE CASE WHEN is_over THEN reservations.status IN ('held', 'committed')
               ELSE coalesce(reservations.status, 'held') = 'held' END
    ORDER BY since, order_id";

const CALLS: &str = "
    SELECT request ->> 'order_id' AS order_id, kind, attempts, last_error
    FROM payments.tasks
    WHERE status = 'waiting' AND kind <> 'payment.look-up' AND request ->> 'order_id' IS NOT NULL";

/// All of them, longest first.
pub(crate) async fn find(database: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Stuck>> {
    let waiting: Vec<WaitingRow> =
        sqlx::query_as(WAITING).bind(now - DEADLINE_GRACE).bind(now - STEP_LIMIT).fetch_all(&mut *database).await?;
    let calls: Vec<CallRow> = sqlx::query_as(CALLS).fetch_all(&mut *database).await?;
    Ok(combine(waiting, calls, now))
}

fn combine(waiting: Vec<WaitingRow>, calls: Vec<CallRow>, now: DateTime<Utc>) -> Vec<Stuck> {
    let mut calls: HashMap<String, Call> = calls
        .into_iter()
        .map(|CallRow { order_id, kind, attempts, last_error }| (order_id, Call { kind, attempts, last_error }))
        .collect();
    waiting
        .into_iter()
        .map(|WaitingRow { order_id, step, waits_for, since }| {
            let order_id = OrderId::from(order_id);
            let call = if waits_for == "payment" { calls.remove(&order_id.to_string()) } else { None };
            Stuck { order_id, step, waits_for, since, waiting_seconds: (now - since).num_seconds(), call }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use livemart_contracts::Clock;

    use super::*;

    #[test]
    fn a_call_is_shown_with_the_step_that_waits_for_it() {
        let (now, order_id) = (Clock::default().now(), Clock::default().new_id());
        let row = |order_id: OrderId, step: &str, waits_for: &str| WaitingRow {
            order_id: order_id.uuid(),
            step: step.to_owned(),
            waits_for: waits_for.to_owned(),
            since: now - TimeDelta::seconds(90),
        };
        let call = CallRow {
            order_id: order_id.to_string(),
            kind: "payment.capture".to_owned(),
            attempts: 4,
            last_error: Some("down".to_owned()),
        };
        let rows = vec![row(order_id, "commit", "inventory"), row(order_id, "capture", "payment")];
        let stuck = combine(rows, vec![call], now);
        assert_eq!(stuck[0].call, None);
        assert_eq!(stuck[1].call.as_ref().map(|call| call.attempts), Some(4));
        assert_eq!(stuck[1].waiting_seconds, 90);
        assert_eq!(stuck[1].order_id, order_id);
    }
}
