//! What the outbox holds of one person: the events that name them. It is what a lost stream is rebuilt from.

use livemart_contracts::events::{UserRegistered, UserUpdated};
use livemart_contracts::{Event, EventId, UserId};
use livemart_messaging::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Row {
    event_id: Uuid,
    stream_sequence: Option<i64>,
}

/// An event with personal data.
#[derive(Debug, Clone, Copy)]
pub struct Announced {
    pub event: EventId,
    /// Where the stream has it; `None` while it is not published.
    pub sequence: Option<u64>,
}

fn of(user: UserId) -> [Value; 2] {
    [user.to_string().into(), vec![UserRegistered::SUBJECT.to_owned(), UserUpdated::SUBJECT.to_owned()].into()]
}

pub async fn list(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<Announced>, DbErr> {
    let rows = Row::find_by_statement(sql(
        "SELECT event_id, stream_sequence FROM outbox WHERE aggregate_id = $1 AND subject = ANY ($2) ORDER BY position",
        of(user),
    ))
    .all(db)
    .await?;
    let announced = |row: Row| Announced {
        event: row.event_id.into(),
        sequence: row.stream_sequence.and_then(|sequence| u64::try_from(sequence).ok()),
    };
    Ok(rows.into_iter().map(announced).collect())
}

/// Takes the address and the name out. The rows stay until the stream has forgotten them too: they say where it has them.
pub async fn blank_in(tx: &impl ConnectionTrait, user: UserId) -> Result<(), DbErr> {
    tx.execute_raw(sql(
        "UPDATE outbox SET payload = json_build_object('user_id', aggregate_id, 'email', 'erased', 'name', 'erased')
         WHERE aggregate_id = $1 AND subject = ANY ($2)",
        of(user),
    ))
    .await?;
    Ok(())
}

pub async fn delete_in(tx: &impl ConnectionTrait, user: UserId) -> Result<(), DbErr> {
    tx.execute_raw(sql("DELETE FROM outbox WHERE aggregate_id = $1 AND subject = ANY ($2)", of(user))).await?;
    Ok(())
}
