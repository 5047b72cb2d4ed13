//! Analytics beside the ledgers: what they were told of each order is what its owners wrote down, and their sums are the
//! sums of that.

use chrono::{DateTime, Utc};
use livemart_contracts::OrderId;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use crate::{Violation, rules};

/// Differences named for each comparison.
const NAMED: i64 = 50;

/// Each query tells differences in what the ledger last changed up to $1; at most $2.
const COMPARISONS: [&str; 5] = [
    "SELECT order_id, concat('the order is ', coalesce(ledger.status, 'unknown'), ', analytics know ', told) AS seen
     FROM orders.orders AS ledger FULL JOIN analytics.orders AS told USING (order_id)
     WHERE (ledger.status, ledger.customer_id, ledger.total, ledger.currency, ledger.failure_code, ledger.created_at)
           IS DISTINCT FROM
           (CASE WHEN told.cancelled_at IS NOT NULL THEN 'cancelled' WHEN told.failed_at IS NOT NULL THEN 'failed'
                 WHEN told.delivered_at IS NOT NULL THEN 'delivered' WHEN told.shipped_at IS NOT NULL THEN 'shipped'
                 WHEN told.confirmed_at IS NOT NULL THEN 'confirmed' ELSE 'pending' END,
            told.customer_id, told.total, told.currency, told.failure_code, told.created_at)
       AND coalesce(ledger.updated_at <= $1, true) LIMIT $2",
    "SELECT order_id, concat('payments took ', ledger.captured, ' and gave back ', ledger.refunded,
                             ', analytics know ', told.captured, ' and ', told.refunded) AS seen
     FROM payments.payments AS ledger FULL JOIN analytics.payments AS told USING (order_id)
     WHERE (coalesce(ledger.captured, 0), coalesce(ledger.refunded, 0))
           <> (coalesce(told.captured, 0), coalesce(told.refunded, 0))
       AND coalesce(ledger.updated_at <= $1, true) LIMIT $2",
    "SELECT order_id, concat('the reservation is ', ledger.status, ', analytics know ', told) AS seen
     FROM inventory.reservations AS ledger FULL JOIN analytics.goods AS told USING (order_id)
     WHERE coalesce(ledger.status, 'tombstone')
           <> CASE WHEN told.released_at IS NOT NULL THEN 'released' WHEN told.committed_at IS NOT NULL THEN 'committed'
                   WHEN told.reserved_at IS NOT NULL THEN 'held' WHEN told.failed_at IS NOT NULL THEN 'refused'
                   ELSE 'tombstone' END
       AND coalesce(ledger.updated_at <= $1, true) LIMIT $2",
    // Rows and sums change in one transaction: these two hold whatever is under way.
    "SELECT NULL::uuid AS order_id,
            concat(fact, ' ', code, ' ', currency, ' by the hour: ', told.orders, ' orders with ', told.amount,
                   ', counted again ', counted.orders, ' with ', counted.amount) AS seen
     FROM (SELECT fact, coalesce(code, '') AS code, currency::text, count(*) AS orders, sum(total) AS amount
           FROM analytics.orders CROSS JOIN LATERAL (VALUES
               ('created', NULL, created_at), ('confirmed', NULL, confirmed_at), ('failed', failure_code, failed_at),
               ('cancelled', CASE WHEN confirmed_at IS NULL THEN 'before-confirmation'
                                  ELSE 'after-confirmation' END, cancelled_at),
               ('shipped', NULL, shipped_at), ('delivered', NULL, delivered_at)
           ) AS step (fact, code, at)
           WHERE at IS NOT NULL GROUP BY fact, code, currency) AS counted
     FULL JOIN (SELECT fact, code, currency, sum(orders) AS orders, sum(amount) AS amount
                FROM analytics.order_hours GROUP BY fact, code, currency) AS told USING (fact, code, currency)
     WHERE (counted.orders, counted.amount) IS DISTINCT FROM (told.orders, told.amount)
       AND $1::timestamptz IS NOT NULL LIMIT $2",
    "SELECT NULL::uuid AS order_id,
            concat(fact, ' ', currency, ' by the hour: ', told.orders, ' orders with ', told.amount,
                   ', counted again ', counted.orders, ' with ', counted.amount) AS seen
     FROM (SELECT fact, currency::text, count(*) AS orders, sum(amount) AS amount
           FROM analytics.payments CROSS JOIN LATERAL (VALUES ('captured', captured), ('refunded', refunded))
                AS step (fact, amount)
           WHERE amount > 0 GROUP BY fact, currency) AS counted
     FULL JOIN (SELECT fact, currency, sum(orders) AS orders, sum(amount) AS amount FROM analytics.payment_hours
                WHERE fact IN ('captured', 'refunded') GROUP BY fact, currency) AS told USING (fact, currency)
     WHERE (counted.orders, counted.amount) IS DISTINCT FROM (told.orders, told.amount)
       AND $1::timestamptz IS NOT NULL LIMIT $2",
];

#[derive(FromRow)]
struct Difference {
    order_id: Option<Uuid>,
    seen: String,
}

/// Where analytics and the ledgers differ about what has not changed since `quiet_since`.
pub async fn differences(
    database: &mut PgConnection,
    quiet_since: DateTime<Utc>,
) -> Result<Vec<Violation>, sqlx::Error> {
    let mut violations = Vec::new();
    for comparison in COMPARISONS {
        let differences = sqlx::query_as(comparison).bind(quiet_since).bind(NAMED);
        let differences: Vec<Difference> = differences.fetch_all(&mut *database).await?;
        violations.extend(
            differences.into_iter().map(|Difference { order_id, seen }| {
                Violation::about(order_id.map(OrderId::from), rules::FIGURES, seen)
            }),
        );
    }
    Ok(violations)
}
