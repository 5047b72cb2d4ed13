//! What was sold of each product by the day.

use chrono::NaiveDate;
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use uuid::Uuid;

use crate::domain::{ProductKey, Sums};

/// Adds `sums`: units, their amount, and of both what was cancelled. Nobody takes back that an order was confirmed, so
/// units and amounts only grow.
pub async fn add_in(tx: &DatabaseTransaction, sums: &Sums<ProductKey, 4>) -> Result<(), DbErr> {
    if sums.is_empty() {
        return Ok(());
    }
    let numbers = |place: usize| sums.values().map(|numbers| numbers[place]).collect::<Vec<i64>>();
    tx.execute_raw(sql(
        "INSERT INTO product_days AS known (day, product_id, currency, units, amount, cancelled_units, cancelled_amount)
         SELECT day, product_id, currency, units, amount, cancelled_units, cancelled_amount
         FROM unnest($1, $2, $3, $4, $5, $6, $7)
           AS added (day, product_id, currency, units, amount, cancelled_units, cancelled_amount)
         ON CONFLICT (day, product_id, currency) DO UPDATE
         SET units = known.units + excluded.units, amount = known.amount + excluded.amount,
             cancelled_units = known.cancelled_units + excluded.cancelled_units,
             cancelled_amount = known.cancelled_amount + excluded.cancelled_amount",
        [
            sums.keys().map(|key| key.day).collect::<Vec<NaiveDate>>().into(),
            sums.keys().map(|key| key.product_id).collect::<Vec<Uuid>>().into(),
            sums.keys().map(|key| key.currency.to_owned()).collect::<Vec<String>>().into(),
            numbers(0).into(),
            numbers(1).into(),
            numbers(2).into(),
            numbers(3).into(),
        ],
    ))
    .await?;
    Ok(())
}
