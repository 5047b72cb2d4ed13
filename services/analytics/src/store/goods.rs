//! What the inventory told of each order.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use livemart_contracts::OrderId;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{Stored, ids, times};
use crate::domain::{Changed, Goods};

#[derive(FromQueryResult)]
struct Row {
    order_id: Uuid,
    reserved_at: Option<DateTime<Utc>>,
    failed_at: Option<DateTime<Utc>>,
    committed_at: Option<DateTime<Utc>>,
    released_at: Option<DateTime<Utc>>,
    stalled_at: Option<DateTime<Utc>>,
}

impl From<Row> for (OrderId, Goods) {
    fn from(row: Row) -> Self {
        let Row { order_id, reserved_at, failed_at, committed_at, released_at, stalled_at } = row;
        (order_id.into(), Goods { reserved_at, failed_at, committed_at, released_at, stalled_at })
    }
}

impl Stored for Goods {
    const HOURS: &'static str = "stock_hours";
    const EVENTS: &'static str = "stock_events";

    async fn find_in(tx: &DatabaseTransaction, orders: Vec<Uuid>) -> Result<BTreeMap<OrderId, Self>, DbErr> {
        let rows = Row::find_by_statement(sql(
            "SELECT order_id, reserved_at, failed_at, committed_at, released_at, stalled_at
             FROM goods WHERE order_id = ANY ($1)",
            [orders.into()],
        ));
        Ok(rows.all(tx).await?.into_iter().map(Into::into).collect())
    }

    async fn save_in(tx: &DatabaseTransaction, changed: &[Changed<Self>]) -> Result<(), DbErr> {
        tx.execute_raw(sql(
            "INSERT INTO goods (order_id, reserved_at, failed_at, committed_at, released_at, stalled_at)
             SELECT order_id, nullif(reserved_at, 'epoch'), nullif(failed_at, 'epoch'), nullif(committed_at, 'epoch'),
                    nullif(released_at, 'epoch'), nullif(stalled_at, 'epoch')
             FROM unnest($1, $2, $3, $4, $5, $6)
               AS told (order_id, reserved_at, failed_at, committed_at, released_at, stalled_at)
             ON CONFLICT (order_id) DO UPDATE
             SET reserved_at = excluded.reserved_at, failed_at = excluded.failed_at,
                 committed_at = excluded.committed_at, released_at = excluded.released_at,
                 stalled_at = excluded.stalled_at",
            [
                ids(changed).into(),
                times(changed, |goods| goods.reserved_at).into(),
                times(changed, |goods| goods.failed_at).into(),
                times(changed, |goods| goods.committed_at).into(),
                times(changed, |goods| goods.released_at).into(),
                times(changed, |goods| goods.stalled_at).into(),
            ],
        ))
        .await?;
        Ok(())
    }
}
