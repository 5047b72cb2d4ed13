//! Orders and money by the hour. The same for three tables, one for each projection.

use chrono::{DateTime, Utc};
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::domain::{HourKey, Sums};

/// Adds `sums` to `table`.
pub async fn add_in(tx: &DatabaseTransaction, table: &'static str, sums: &Sums<HourKey, 2>) -> Result<(), DbErr> {
    if sums.is_empty() {
        return Ok(());
    }
    let texts = |of: fn(&HourKey) -> &str| sums.keys().map(|key| of(key).to_owned()).collect::<Vec<String>>();
    let numbers = |place: usize| sums.values().map(|numbers| numbers[place]).collect::<Vec<i64>>();
    let hours: Vec<DateTime<Utc>> = sums.keys().map(|key| key.hour).collect();
    let add = format!(
        "INSERT INTO {table} AS known (hour, fact, code, currency, orders, amount)
         SELECT hour, fact, code, currency, orders, amount
         FROM unnest($1, $2, $3, $4, $5, $6) AS added (hour, fact, code, currency, orders, amount)
         ON CONFLICT (hour, fact, code, currency) DO UPDATE
         SET orders = known.orders + excluded.orders, amount = known.amount + excluded.amount"
    );
    let values = [
        hours.clone().into(),
        texts(|key| key.fact).into(),
        texts(|key| &key.code).into(),
        texts(|key| key.currency).into(),
        numbers(0).into(),
        numbers(1).into(),
    ];
    tx.execute_raw(sql(&add, values)).await?;
    // Facts that came out of order may leave nothing of what was counted; in their order it would not have been counted.
    if sums.values().any(|[orders, _]| *orders < 0) {
        let forget = format!("DELETE FROM {table} WHERE hour = ANY ($1) AND orders = 0");
        tx.execute_raw(sql(&forget, [hours.into()])).await?;
    }
    Ok(())
}
