//! `GET /mails?status` and `GET /mails/{id}`: what became of the mails, for the staff. A mail has the id of its
//! notification; whose it is, is not shown.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use livemart_contracts::NotificationId;
use livemart_contracts::ids::Notification;
use livemart_web::{Admin, Page, PageQuery, PathId, Violations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Desk;
use crate::error::Error;
use crate::store::mails::{self, Mail, MailAttempt, STATUSES};

/// More than one mail is tried before it fails; of what the staff sent again, the last ones are shown.
const ATTEMPTS_SHOWN: i64 = 100;

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Mail")]
pub struct MailView {
    pub id: NotificationId,
    status: String,
    /// Why it was skipped, or failed.
    reason: Option<String>,
    resends: i32,
    updated_at: DateTime<Utc>,
}

impl From<Mail> for MailView {
    fn from(mail: Mail) -> Self {
        Self {
            id: mail.notification_id.into(),
            status: mail.status,
            reason: mail.reason,
            resends: mail.resends,
            updated_at: mail.updated_at,
        }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "MailAttempt")]
pub struct AttemptView {
    /// `sent`, `refused` for good, or `postponed`.
    outcome: String,
    /// What the mail server said.
    detail: Option<String>,
    took_ms: i32,
    at: DateTime<Utc>,
}

impl From<MailAttempt> for AttemptView {
    fn from(attempt: MailAttempt) -> Self {
        Self { outcome: attempt.outcome, detail: attempt.detail, took_ms: attempt.took_ms, at: attempt.at }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TriedMail {
    #[serde(flatten)]
    mail: MailView,
    /// The newest first.
    attempts: Vec<AttemptView>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    #[schemars(extend("enum" = STATUSES))]
    status: Option<String>,
}

pub async fn list(
    State(desk): State<Desk>,
    _: Admin,
    query: PageQuery<Filters>,
) -> Result<Json<Page<MailView>>, Error> {
    let status = query.filters.status.as_deref();
    let mut wrong = Violations::default();
    let known = status.is_none_or(|status| STATUSES.contains(&status));
    wrong.require(known, "status", "unknown", format!("status is one of {}", STATUSES.join(", ")));
    wrong.check()?;
    let after: Option<NotificationId> = query.cursor()?;
    let found = mails::list(desk.store.db(), status, after, query.rows_to_read()).await?;
    let views = found.into_iter().map(MailView::from).collect();
    Ok(Json(Page::new(&query, views, |mail: &MailView| mail.id)))
}

pub async fn show(
    State(desk): State<Desk>,
    _: Admin,
    PathId(id): PathId<Notification>,
) -> Result<Json<TriedMail>, Error> {
    let mail = mails::find(desk.store.db(), id).await?.ok_or(Error::NoSuch("mail"))?;
    let attempts = mails::attempts(desk.store.db(), id, ATTEMPTS_SHOWN).await?;
    let attempts = attempts.into_iter().map(AttemptView::from).collect();
    Ok(Json(TriedMail { mail: mail.into(), attempts }))
}
