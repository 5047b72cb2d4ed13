//! What was sold, by intervals of time.
//!
//! A sale is money that was taken. What went back of it is *cancelled* where the order was, else *refunded*.

use chrono::{DateTime, Utc};
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::domain::span::{Interval, Span};
use crate::domain::time::first_id_at;

/// Orders that came so far, and money, in the interval that begins at `start`.
#[derive(Debug, FromQueryResult)]
pub struct Row {
    pub start: DateTime<Utc>,
    /// A subject, or [`CANCELLED`].
    pub what: String,
    /// Empty where no money is in it.
    pub currency: String,
    pub orders: i64,
    pub amount: i64,
}

/// What of `payment.refunded` is due to cancelled orders.
pub const CANCELLED: &str = "cancelled";

/// All of one moment, so that what is taken from each other adds up.
pub async fn read(db: &impl ConnectionTrait, span: Span, interval: Interval) -> Result<Vec<Row>, DbErr> {
    Row::find_by_statement(sql(
        "SELECT date_trunc($3, hour, 'UTC') AS start, what, currency, sum(orders)::bigint AS orders,
                sum(amount)::bigint AS amount
         FROM (
             SELECT hour, 'order.' || fact AS what, '' AS currency, orders, 0 AS amount
             FROM order_hours WHERE hour >= $1 AND hour < $2
             UNION ALL
             SELECT hour, 'payment.' || fact, currency, orders, amount
             FROM payment_hours WHERE hour >= $1 AND hour < $2
             UNION ALL
             SELECT payments.hour, 'cancelled', payments.currency, 1, payments.refunded
             FROM payments JOIN orders USING (order_id)
             WHERE refunded > 0 AND cancelled_at IS NOT NULL
                   AND payments.order_id >= $4 AND payments.order_id < $5
                   AND orders.order_id >= $4 AND orders.order_id < $5
         ) AS figures
         GROUP BY start, what, currency",
        [
            span.from.into(),
            span.to.into(),
            interval.as_str().into(),
            first_id_at(span.from).into(),
            first_id_at(span.to).into(),
        ],
    ))
    .all(db)
    .await
}
