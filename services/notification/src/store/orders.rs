//! The table `order_customers`: whose order it is, for events that do not say so.

use std::collections::HashMap;

use livemart_contracts::{OrderId, UserId};
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

pub async fn know_in(tx: &impl ConnectionTrait, orders: &[(OrderId, UserId)]) -> Result<(), DbErr> {
    let ids: Vec<Uuid> = orders.iter().map(|(order, _)| order.uuid()).collect();
    let customers: Vec<Uuid> = orders.iter().map(|(_, customer)| customer.uuid()).collect();
    tx.execute_raw(sql(
        "INSERT INTO order_customers (order_id, customer_id)
         SELECT order_id, customer_id FROM unnest($1, $2) AS known (order_id, customer_id)
         ORDER BY order_id
         ON CONFLICT DO NOTHING",
        [ids.into(), customers.into()],
    ))
    .await?;
    Ok(())
}

/// The customers of those orders that were heard of.
pub async fn customers(db: &impl ConnectionTrait, orders: Vec<OrderId>) -> Result<HashMap<OrderId, UserId>, DbErr> {
    let ids: Vec<Uuid> = orders.iter().map(|order| order.uuid()).collect();
    let rows = db
        .query_all_raw(sql("SELECT order_id, customer_id FROM order_customers WHERE order_id = ANY ($1)", [ids.into()]))
        .await?;
    let pair = |row: &sea_orm::QueryResult| {
        let (order, customer): (Uuid, Uuid) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        Ok((order.into(), customer.into()))
    };
    rows.iter().map(pair).collect()
}
