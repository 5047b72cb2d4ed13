//! The table `inboxes`: who may be told something, and how much there is.

use std::collections::{BTreeMap, BTreeSet};

use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::domain::Inbox;

#[derive(Debug, Clone, Copy, FromQueryResult)]
pub struct State {
    inbox_id: Uuid,
    pub last_number: i64,
    pub erased: bool,
}

/// Makes the inboxes that are not there, and locks all of them: until the transaction ends nobody else takes a number.
pub async fn lock_in(tx: &impl ConnectionTrait, inboxes: &BTreeSet<Inbox>) -> Result<BTreeMap<Inbox, State>, DbErr> {
    let mut ids: Vec<Uuid> = inboxes.iter().map(|inbox| inbox.id()).collect();
    // In one order everywhere, so that two replicas wait instead of deadlocking.
    ids.sort_unstable();
    tx.execute_raw(sql(
        "INSERT INTO inboxes (inbox_id) SELECT inbox_id FROM unnest($1) AS wanted (inbox_id) ON CONFLICT DO NOTHING",
        [ids.clone().into()],
    ))
    .await?;
    let rows = State::find_by_statement(sql(
        "SELECT inbox_id, last_number, erased FROM inboxes WHERE inbox_id = ANY ($1) ORDER BY inbox_id FOR UPDATE",
        [ids.into()],
    ))
    .all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (Inbox::of_id(row.inbox_id), row)).collect())
}

/// Remembers the last numbers that were taken, of inboxes that are locked.
pub async fn took_in(tx: &impl ConnectionTrait, last: &BTreeMap<Inbox, i64>) -> Result<(), DbErr> {
    let ids: Vec<Uuid> = last.keys().map(|inbox| inbox.id()).collect();
    let numbers: Vec<i64> = last.values().copied().collect();
    tx.execute_raw(sql(
        "UPDATE inboxes SET last_number = taken.number
         FROM unnest($1, $2) AS taken (inbox_id, number)
         WHERE inboxes.inbox_id = taken.inbox_id",
        [ids.into(), numbers.into()],
    ))
    .await?;
    Ok(())
}

/// Empties inboxes for good, with everything that was sent about what was in them. They are locked.
pub async fn erase_in(tx: &impl ConnectionTrait, inboxes: &BTreeSet<Inbox>) -> Result<(), DbErr> {
    let ids: Vec<Uuid> = inboxes.iter().map(|inbox| inbox.id()).collect();
    tx.execute_raw(sql("UPDATE inboxes SET erased = true WHERE inbox_id = ANY ($1)", [ids.clone().into()])).await?;
    tx.execute_raw(sql("DELETE FROM notifications WHERE inbox_id = ANY ($1)", [ids.into()])).await?;
    Ok(())
}

/// The last number of each of `inboxes`; 0 of one in which there never was anything.
pub async fn last_numbers(db: &impl ConnectionTrait, inboxes: &[Inbox]) -> Result<BTreeMap<Inbox, i64>, DbErr> {
    let ids: Vec<Uuid> = inboxes.iter().map(|inbox| inbox.id()).collect();
    let rows = State::find_by_statement(sql(
        "SELECT inbox_id, last_number, erased FROM inboxes WHERE inbox_id = ANY ($1)",
        [ids.into()],
    ))
    .all(db)
    .await?;
    let mut numbers: BTreeMap<Inbox, i64> = inboxes.iter().map(|inbox| (*inbox, 0)).collect();
    numbers.extend(rows.into_iter().map(|row| (Inbox::of_id(row.inbox_id), row.last_number)));
    Ok(numbers)
}
