//! `GET /webhook-endpoints/{id}/attempts`: what was sent to it and what it answered, newest first.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use livemart_contracts::EventId;
use livemart_contracts::ids::{WebhookAttemptId, WebhookEndpoint};
use livemart_web::{Admin, Page, PageQuery, PathId};
use schemars::JsonSchema;
use serde::Serialize;

use super::Desk;
use crate::error::Error;
use crate::store::deliveries::{self, Attempted};
use crate::store::endpoints;

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "WebhookAttempt")]
pub struct AttemptView {
    id: WebhookAttemptId,
    event_id: EventId,
    event_type: String,
    /// The status that was answered; none without an answer.
    status: Option<i16>,
    error: Option<String>,
    took_ms: i32,
    at: DateTime<Utc>,
    /// What has become of the event since: `waiting` for the next attempt, `delivered`, `failed`, or `dropped` for an
    /// endpoint that is disabled.
    delivery: String,
}

impl From<Attempted> for AttemptView {
    fn from(attempt: Attempted) -> Self {
        Self {
            id: attempt.id.into(),
            event_id: attempt.event_id.into(),
            event_type: attempt.kind,
            status: attempt.status,
            error: attempt.error,
            took_ms: attempt.took_ms,
            at: attempt.at,
            delivery: attempt.outcome,
        }
    }
}

pub async fn handle(
    State(desk): State<Desk>,
    _: Admin,
    PathId(id): PathId<WebhookEndpoint>,
    query: PageQuery,
) -> Result<Json<Page<AttemptView>>, Error> {
    let after: Option<WebhookAttemptId> = query.cursor()?;
    if endpoints::find(desk.store.db(), id).await?.is_none() {
        return Err(Error::NoSuch("webhook endpoint"));
    }
    let found = deliveries::attempts(desk.store.db(), id, after, query.rows_to_read()).await?;
    let views = found.into_iter().map(AttemptView::from).collect();
    Ok(Json(Page::new(&query, views, |attempt: &AttemptView| attempt.id)))
}
