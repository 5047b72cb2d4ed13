//! The table `notifications`.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use livemart_contracts::NotificationId;
use livemart_messaging::{Listing, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::domain::{Details, Inbox, Kind, Notice};

/// A notice with its place in its inbox.
#[derive(Debug, Clone)]
pub struct Placed<'a> {
    pub id: NotificationId,
    pub number: i64,
    pub notice: &'a Notice,
}

/// A notification as it is kept.
#[derive(Debug, Clone)]
pub struct Notification {
    pub id: NotificationId,
    pub inbox: Inbox,
    pub number: i64,
    pub kind: Kind,
    pub details: Details,
    pub created_at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    inbox_id: Uuid,
    number: i64,
    kind: String,
    details: sea_orm::JsonValue,
    created_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Notification {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            id: row.id.into(),
            inbox: Inbox::of_id(row.inbox_id),
            number: row.number,
            kind: Kind::named(&row.kind).ok_or_else(|| DbErr::Type(format!("no kind {}", row.kind)))?,
            details: serde_json::from_value(row.details).map_err(|error| DbErr::Type(error.to_string()))?,
            created_at: row.created_at,
            read_at: row.read_at,
        })
    }
}

/// Inserts those that are new, and answers which. The same fact in another event is not.
pub async fn insert_in(
    tx: &impl ConnectionTrait,
    placed: &[Placed<'_>],
    now: DateTime<Utc>,
) -> Result<HashSet<NotificationId>, DbErr> {
    let column = |of: fn(&Notice) -> String| placed.iter().map(|placed| of(placed.notice)).collect::<Vec<String>>();
    let rows = tx
        .query_all_raw(sql(
            "INSERT INTO notifications (id, inbox_id, number, kind, subject, details, created_at)
             SELECT id, inbox_id, number, kind, subject, details::jsonb, $7
             FROM unnest($1, $2, $3, $4, $5, $6) AS placed (id, inbox_id, number, kind, subject, details)
             ON CONFLICT (subject, kind) DO NOTHING
             RETURNING id",
            [
                placed.iter().map(|placed| placed.id.uuid()).collect::<Vec<Uuid>>().into(),
                placed.iter().map(|placed| placed.notice.to.id()).collect::<Vec<Uuid>>().into(),
                placed.iter().map(|placed| placed.number).collect::<Vec<i64>>().into(),
                column(|notice| notice.kind.name().to_owned()).into(),
                column(|notice| notice.subject.clone()).into(),
                column(|notice| serde_json::to_string(&notice.details).unwrap_or_else(|error| unreachable!("{error}")))
                    .into(),
                now.into(),
            ],
        ))
        .await?;
    rows.iter().map(|row| row.try_get_by_index::<Uuid>(0).map(NotificationId::from)).collect()
}

/// What is wanted of a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    pub unread: bool,
    pub after: Option<NotificationId>,
}

/// At most `limit` of what is in `inboxes`, the newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    inboxes: &[Inbox],
    wanted: Wanted,
    limit: i64,
) -> Result<Vec<Notification>, DbErr> {
    let ids: Vec<Uuid> = inboxes.iter().map(|inbox| inbox.id()).collect();
    let unread = if wanted.unread { "AND read_at IS NULL" } else { "" };
    let of_inboxes = format!(
        "SELECT id, inbox_id, number, kind, details, created_at, read_at FROM notifications
         WHERE inbox_id = ANY ($1) {unread}"
    );
    let wanted = Listing::new(&of_inboxes, [ids.into()]).and("id <", wanted.after.map(|id| id.uuid()));
    let rows = Row::find_by_statement(wanted.page("id DESC", limit)).all(db).await?;
    rows.into_iter().map(Notification::try_from).collect()
}

/// At most `limit` of what came into the inboxes after these numbers, in its order within each.
pub async fn after(
    db: &impl ConnectionTrait,
    numbers: &BTreeMap<Inbox, i64>,
    limit: i64,
) -> Result<Vec<Notification>, DbErr> {
    let ids: Vec<Uuid> = numbers.keys().map(|inbox| inbox.id()).collect();
    let rows = Row::find_by_statement(sql(
        "SELECT id, inbox_id, number, kind, details, created_at, read_at
         FROM unnest($1, $2) AS seen (inbox_id, last)
         JOIN notifications USING (inbox_id)
         WHERE number > last
         ORDER BY number LIMIT $3",
        [ids.into(), numbers.values().copied().collect::<Vec<i64>>().into(), limit.into()],
    ))
    .all(db)
    .await?;
    rows.into_iter().map(Notification::try_from).collect()
}

/// Marks it as read, unless it was; `None` where it is in none of `inboxes`.
pub async fn read_in(
    tx: &impl ConnectionTrait,
    inboxes: &[Inbox],
    id: NotificationId,
    now: DateTime<Utc>,
) -> Result<Option<Notification>, DbErr> {
    let ids: Vec<Uuid> = inboxes.iter().map(|inbox| inbox.id()).collect();
    let row = Row::find_by_statement(sql(
        "UPDATE notifications SET read_at = coalesce(read_at, $3)
         WHERE id = $1 AND inbox_id = ANY ($2)
         RETURNING id, inbox_id, number, kind, details, created_at, read_at",
        [id.uuid().into(), ids.into(), now.into()],
    ));
    row.one(tx).await?.map(Notification::try_from).transpose()
}
