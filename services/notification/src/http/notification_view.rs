//! A notification in JSON, in the reader's language.

use chrono::{DateTime, Utc};
use livemart_contracts::NotificationId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::{Details, Kind};
use crate::store::notifications::Notification;
use crate::texts::{Locale, Text};

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Notification")]
pub struct NotificationView {
    pub id: NotificationId,
    kind: Kind,
    title: String,
    text: String,
    #[serde(flatten)]
    details: Details,
    created_at: DateTime<Utc>,
    read_at: Option<DateTime<Utc>>,
}

impl NotificationView {
    pub fn of(notification: Notification, locale: Locale) -> Self {
        let Text { title, text } = Text::of(notification.kind, &notification.details, locale);
        Self {
            id: notification.id,
            kind: notification.kind,
            title,
            text,
            details: notification.details,
            created_at: notification.created_at,
            read_at: notification.read_at,
        }
    }
}
