//! What happened to one order.

use chrono::{DateTime, Utc};
use livemart_contracts::{OrderId, UserId};
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

/// Events of one order that are shown: about ten is usual, and a participant that waits for a decision asks every minute.
pub const MOST: i64 = 1_000;

#[derive(Debug, FromQueryResult)]
pub struct Row {
    pub event_id: Uuid,
    pub subject: String,
    pub at: DateTime<Utc>,
    pub cause_id: Option<Uuid>,
}

/// Whose order it is; `None` before anything that the order service says of it has arrived.
pub async fn find_customer(db: &impl ConnectionTrait, order: OrderId) -> Result<Option<UserId>, DbErr> {
    let statement = sql("SELECT customer_id FROM orders WHERE order_id = $1", [order.uuid().into()]);
    let row = db.query_one_raw(statement).await?;
    row.map(|row| row.try_get_by_index::<Uuid>(0).map(UserId::from)).transpose()
}

/// The first events of `order`, at most [`MOST`], in the order of time.
pub async fn read(db: &impl ConnectionTrait, order: OrderId) -> Result<Vec<Row>, DbErr> {
    Row::find_by_statement(sql(
        "SELECT event_id, subject, at, cause_id FROM order_events WHERE order_id = $1
         UNION ALL
         SELECT event_id, subject, at, cause_id FROM payment_events WHERE order_id = $1
         UNION ALL
         SELECT event_id, subject, at, cause_id FROM stock_events WHERE order_id = $1
         ORDER BY at, event_id LIMIT $2",
        [order.uuid().into(), MOST.into()],
    ))
    .all(db)
    .await
}
