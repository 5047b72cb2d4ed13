//! How many orders came how far.

use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::domain::span::Span;

/// Orders of which `subject` is known.
#[derive(Debug, FromQueryResult)]
pub struct Row {
    pub subject: String,
    /// In which way; empty where there is one only.
    pub code: String,
    pub orders: i64,
}

pub async fn read(db: &impl ConnectionTrait, span: Span) -> Result<Vec<Row>, DbErr> {
    Row::find_by_statement(sql(
        "SELECT subject, code, sum(orders)::bigint AS orders
         FROM (
             SELECT 'order.' || fact AS subject, code, orders FROM order_hours WHERE hour >= $1 AND hour < $2
             UNION ALL
             SELECT 'payment.' || fact, code, orders FROM payment_hours WHERE hour >= $1 AND hour < $2
             UNION ALL
             SELECT 'stock.' || fact, code, orders FROM stock_hours WHERE hour >= $1 AND hour < $2
         ) AS figures
         GROUP BY subject, code
         ORDER BY subject, code",
        [span.from.into(), span.to.into()],
    ))
    .all(db)
    .await
}
