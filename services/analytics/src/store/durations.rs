//! How long the steps of orders took.

use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::domain::span::Span;
use crate::domain::time::first_id_at;

/// Orders that are measured: a hundredth of them is two hundred, and all are read within a fraction of a second.
pub const MOST: i64 = 20_000;

/// Of the orders that came from one fact to another. In milliseconds.
#[derive(Debug, FromQueryResult)]
pub struct Row {
    /// Subjects.
    pub after: String,
    pub subject: String,
    pub orders: i64,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub max: f64,
}

/// Measures the newest orders of `span`, at most [`MOST`].
pub async fn read(db: &impl ConnectionTrait, span: Span) -> Result<Vec<Row>, DbErr> {
    Row::find_by_statement(sql(
        "WITH newest AS MATERIALIZED (
             SELECT order_id, created_at, confirmed_at FROM orders
             WHERE order_id >= $1 AND order_id < $2
             ORDER BY order_id DESC LIMIT $3
         ), measured AS (
             SELECT created_at, authorized_at, reserved_at, confirmed_at, captured_at, committed_at
             FROM newest
             LEFT JOIN (SELECT order_id, authorized_at, captured_at FROM payments
                        WHERE order_id >= (SELECT order_id FROM newest ORDER BY order_id LIMIT 1) AND order_id < $2) AS payments USING (order_id)
             LEFT JOIN (SELECT order_id, reserved_at, committed_at FROM goods
                        WHERE order_id >= (SELECT order_id FROM newest ORDER BY order_id LIMIT 1) AND order_id < $2) AS goods USING (order_id)
         ), taken AS (
             SELECT after, subject, date_part('epoch', ended - began) * 1000 AS took
             FROM measured CROSS JOIN LATERAL (VALUES
                 ('order.created', 'payment.authorized', created_at, authorized_at),
                 ('payment.authorized', 'stock.reserved', authorized_at, reserved_at),
                 ('stock.reserved', 'order.confirmed', reserved_at, confirmed_at),
                 ('order.confirmed', 'payment.captured', confirmed_at, captured_at),
                 ('order.confirmed', 'stock.committed', confirmed_at, committed_at),
                 ('order.created', 'order.confirmed', created_at, confirmed_at),
                 ('order.created', 'payment.captured', created_at, captured_at)
             ) AS step (after, subject, began, ended)
             WHERE ended IS NOT NULL AND began IS NOT NULL
         )
         SELECT after, subject, count(*) AS orders, percentile_disc(0.5) WITHIN GROUP (ORDER BY took) AS p50,
                percentile_disc(0.9) WITHIN GROUP (ORDER BY took) AS p90,
                percentile_disc(0.99) WITHIN GROUP (ORDER BY took) AS p99, max(took) AS max
         FROM taken GROUP BY after, subject",
        [first_id_at(span.from).into(), first_id_at(span.to).into(), MOST.into()],
    ))
    .all(db)
    .await
}
