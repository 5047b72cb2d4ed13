//! Which products sold best.
//!
//! A product is sold when its order is confirmed. A refund names no lines: it is spread over those of its order by their
//! amount, in such a way that the parts add up to the refund.

use chrono::NaiveDate;
use livemart_contracts::ProductId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::span::Span;
use crate::domain::time::first_id_at;

/// A product in one of the currencies that it was sold in.
#[derive(Debug, FromQueryResult)]
pub struct Row {
    pub product_id: Uuid,
    /// In all currencies, and of those what was cancelled.
    pub all_units: i64,
    pub all_cancelled_units: i64,
    /// None before the catalogue's news of it.
    pub sku: Option<String>,
    pub name_ko: Option<String>,
    pub name_en: Option<String>,
    pub currency: String,
    pub amount: i64,
    pub cancelled_amount: i64,
    pub refunded: i64,
}

/// Where a page ended: units that stayed sold, and the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place(pub i64, pub ProductId);

/// At most `products` of the days of `span` that come after the place `after`: most units first, of as many the newest
/// product. Rows of one product are side by side.
pub async fn read(
    db: &impl ConnectionTrait,
    span: Span,
    after: Option<Place>,
    products: i64,
) -> Result<Vec<Row>, DbErr> {
    let days: [NaiveDate; 2] = [span.from.date_naive(), span.to.date_naive()];
    Row::find_by_statement(sql(
        "WITH sold AS (
             SELECT product_id, currency, sum(units)::bigint AS units, sum(amount)::bigint AS amount,
                    sum(cancelled_units)::bigint AS cancelled_units, sum(cancelled_amount)::bigint AS cancelled_amount
             FROM product_days WHERE day >= $1 AND day < $2
             GROUP BY product_id, currency
         ), ranked AS (
             SELECT product_id, sum(units)::bigint AS all_units, sum(cancelled_units)::bigint AS all_cancelled_units,
                    sum(units - cancelled_units)::bigint AS kept
             FROM sold GROUP BY product_id
             HAVING $5::bigint IS NULL OR (sum(units - cancelled_units)::bigint, product_id) < ($5, $6::uuid)
             ORDER BY kept DESC, product_id DESC LIMIT $7
         ), refunded_lines AS (
             SELECT product_id, orders.currency, refunded, amount,
                    sum(amount) OVER (PARTITION BY order_id) AS whole,
                    sum(amount) OVER (PARTITION BY order_id ORDER BY product_id ROWS UNBOUNDED PRECEDING) AS upto
             FROM payments JOIN orders USING (order_id)
             CROSS JOIN LATERAL jsonb_to_recordset(lines) AS line (product_id uuid, amount bigint)
             WHERE refunded > 0 AND payments.order_id >= $3 AND payments.order_id < $4 AND cancelled_at IS NULL
         ), refunds AS (
             SELECT product_id, currency,
                    sum(div(refunded * upto, whole) - div(refunded * (upto - amount), whole))::bigint AS refunded
             FROM refunded_lines WHERE whole > 0
             GROUP BY product_id, currency
         )
         SELECT product_id, all_units, all_cancelled_units, sku, name_ko, name_en, sold.currency, amount,
                cancelled_amount, coalesce(refunded, 0) AS refunded
         FROM ranked JOIN sold USING (product_id)
         LEFT JOIN refunds USING (product_id, currency) LEFT JOIN products USING (product_id)
         ORDER BY kept DESC, product_id DESC, sold.currency",
        [
            days[0].into(),
            days[1].into(),
            first_id_at(span.from).into(),
            first_id_at(span.to).into(),
            after.map(|Place(kept, _)| kept).into(),
            after.map(|Place(_, product)| product.uuid()).into(),
            products.into(),
        ],
    ))
    .all(db)
    .await
}
