//! Notifications.

use chrono::{DateTime, Utc};
use livemart_contracts::{NotificationId, OrderId};
use serde::Deserialize;

use super::{Api, Page, Refusal, done, read};

#[derive(Debug, Clone, Deserialize)]
pub struct Notification {
    pub id: NotificationId,
    pub title: String,
    pub text: String,
    pub order_id: Option<OrderId>,
    pub created_at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
}

/// As many as a page counts; what is beyond is shown as "99+".
const COUNTED: &str = "100";

impl Api {
    pub async fn notifications(&self, cursor: &str) -> Result<Page<Notification>, Refusal> {
        let request = self.get("/notifications");
        read(if cursor.is_empty() { request } else { request.query(&[("cursor", cursor)]) }).await
    }

    pub async fn unread(&self) -> Result<usize, Refusal> {
        let query = [("unread", "true"), ("limit", COUNTED)];
        let page: Page<Notification> = read(self.get("/notifications").query(&query)).await?;
        Ok(page.data.len())
    }

    pub async fn mark_read(&self, id: NotificationId) -> Result<(), Refusal> {
        done(self.post(&format!("/notifications/{id}/read"))).await
    }
}
