//! The tables `mails` and `mail_attempts`: what was to be sent, and what came of each attempt.

use std::time::Duration;

use chrono::{DateTime, Utc};
use livemart_contracts::NotificationId;
use livemart_messaging::{Listing, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::words;

/// What is to be sent, or why it is not.
#[derive(Debug, Clone)]
pub struct NewMail {
    pub id: NotificationId,
    pub skipped: Option<String>,
}

/// A mail as it is kept.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Mail {
    pub notification_id: Uuid,
    pub status: String,
    pub reason: Option<String>,
    pub resends: i32,
    pub updated_at: DateTime<Utc>,
}

pub const WAITING: &str = "waiting";
const SKIPPED: &str = "skipped";

/// Statuses that a list can be filtered by.
pub const STATUSES: [&str; 4] = [WAITING, "sent", SKIPPED, "failed"];

pub async fn insert_in(tx: &impl ConnectionTrait, mails: &[NewMail], now: DateTime<Utc>) -> Result<(), DbErr> {
    if mails.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = mails.iter().map(|mail| mail.id.uuid()).collect();
    let reasons: Vec<String> = mails.iter().map(|mail| mail.skipped.clone().unwrap_or_default()).collect();
    tx.execute_raw(sql(
        "INSERT INTO mails (notification_id, status, reason, updated_at)
         SELECT id, CASE reason WHEN '' THEN $3 ELSE $4 END, nullif(reason, ''), $5
         FROM unnest($1, $2) AS new (id, reason)",
        [ids.into(), reasons.into(), WAITING.into(), SKIPPED.into(), now.into()],
    ))
    .await?;
    Ok(())
}

/// What became of mails. One that is gone by now stays gone.
pub async fn conclude_in(
    tx: &impl ConnectionTrait,
    concluded: &[(NotificationId, &'static str, Option<String>)],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    if concluded.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = concluded.iter().map(|(id, ..)| id.uuid()).collect();
    let statuses: Vec<String> = concluded.iter().map(|(_, status, _)| (*status).to_owned()).collect();
    let reasons: Vec<String> = concluded.iter().map(|(.., reason)| reason.clone().unwrap_or_default()).collect();
    tx.execute_raw(sql(
        "UPDATE mails SET status = concluded.status, reason = nullif(concluded.reason, ''), updated_at = $4
         FROM unnest($1, $2, $3) AS concluded (id, status, reason)
         WHERE notification_id = concluded.id",
        [ids.into(), statuses.into(), reasons.into(), now.into()],
    ))
    .await?;
    Ok(())
}

/// As it is, locked.
pub async fn lock_in(tx: &impl ConnectionTrait, id: NotificationId) -> Result<Option<Mail>, DbErr> {
    let row = Mail::find_by_statement(sql(
        "SELECT notification_id, status, reason, resends, updated_at FROM mails WHERE notification_id = $1 FOR UPDATE",
        [id.uuid().into()],
    ));
    row.one(tx).await
}

/// Has it wait again; answers how often that was done.
pub async fn resend_in(tx: &impl ConnectionTrait, id: NotificationId, now: DateTime<Utc>) -> Result<Mail, DbErr> {
    let row = Mail::find_by_statement(sql(
        "UPDATE mails SET status = $2, reason = NULL, resends = resends + 1, updated_at = $3 WHERE notification_id = $1
         RETURNING notification_id, status, reason, resends, updated_at",
        [id.uuid().into(), WAITING.into(), now.into()],
    ));
    row.one(tx).await?.ok_or_else(|| DbErr::RecordNotFound(format!("the mail {id}")))
}

pub async fn list(
    db: &impl ConnectionTrait,
    status: Option<&str>,
    after: Option<NotificationId>,
    limit: i64,
) -> Result<Vec<Mail>, DbErr> {
    let all = "SELECT notification_id, status, reason, resends, updated_at FROM mails WHERE true";
    let wanted = Listing::new(all, []).and("status =", status).and("notification_id <", after.map(|id| id.uuid()));
    Mail::find_by_statement(wanted.page("notification_id DESC", limit)).all(db).await
}

/// One attempt to send a mail.
#[derive(Debug, Clone, FromQueryResult)]
pub struct MailAttempt {
    pub outcome: String,
    pub detail: Option<String>,
    pub took_ms: i32,
    pub at: DateTime<Utc>,
}

pub async fn find(db: &impl ConnectionTrait, id: NotificationId) -> Result<Option<Mail>, DbErr> {
    let row = Mail::find_by_statement(sql(
        "SELECT notification_id, status, reason, resends, updated_at FROM mails WHERE notification_id = $1",
        [id.uuid().into()],
    ));
    row.one(db).await
}

/// The last `limit` attempts, the newest first.
pub async fn attempts(db: &impl ConnectionTrait, id: NotificationId, limit: i64) -> Result<Vec<MailAttempt>, DbErr> {
    MailAttempt::find_by_statement(sql(
        "SELECT outcome, detail, took_ms, at FROM mail_attempts WHERE notification_id = $1 ORDER BY id DESC LIMIT $2",
        [id.uuid().into(), limit.into()],
    ))
    .all(db)
    .await
}

/// Writes an attempt down, unless its mail is gone.
pub async fn tried(
    db: &impl ConnectionTrait,
    id: NotificationId,
    outcome: &'static str,
    detail: Option<&str>,
    took: Duration,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    db.execute_raw(sql(
        "INSERT INTO mail_attempts (notification_id, outcome, detail, took_ms, at)
         SELECT notification_id, $2, $3, $4, $5 FROM mails WHERE notification_id = $1",
        [
            id.uuid().into(),
            outcome.into(),
            detail.map(words).into(),
            i32::try_from(took.as_millis()).unwrap_or(i32::MAX).into(),
            now.into(),
        ],
    ))
    .await?;
    Ok(())
}

/// What a mail is about, and where it goes as far as that is known.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Addressed {
    pub inbox_id: Uuid,
    pub kind: String,
    pub details: sea_orm::JsonValue,
    pub email: Option<String>,
    pub name: Option<String>,
    pub erased: bool,
}

/// `None` where there is no such notification, or not any more.
pub async fn find_addressed(db: &impl ConnectionTrait, id: NotificationId) -> Result<Option<Addressed>, DbErr> {
    let row = Addressed::find_by_statement(sql(
        "SELECT inbox_id, kind, details, email, name, inboxes.erased OR coalesce(recipients.erased, false) AS erased
         FROM notifications
         JOIN inboxes USING (inbox_id)
         LEFT JOIN recipients ON user_id = inbox_id
         WHERE id = $1",
        [id.uuid().into()],
    ));
    row.one(db).await
}
