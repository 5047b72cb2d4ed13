//! `GET /notifications?unread`: the caller's, newest first.

use axum::Json;
use axum::extract::State;
use livemart_contracts::NotificationId;
use livemart_web::{AcceptLanguage, Caller, Page, PageQuery, Problem};
use schemars::JsonSchema;
use serde::Deserialize;

use super::notification_view::NotificationView;
use super::{Desk, inboxes};
use crate::store::notifications::{self, Wanted};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    /// `true`: only what is not read.
    unread: Option<Flag>,
}

/// In a query everything is text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Flag {
    True,
    False,
}

pub async fn handle(
    State(desk): State<Desk>,
    caller: Caller,
    language: AcceptLanguage,
    query: PageQuery<Filters>,
) -> Result<Json<Page<NotificationView>>, Problem> {
    let after: Option<NotificationId> = query.cursor()?;
    let wanted = Wanted { unread: query.filters.unread == Some(Flag::True), after };
    let found = notifications::list(desk.store.db(), &inboxes(&caller), wanted, query.rows_to_read()).await?;
    let locale = desk.locale(&language);
    let views = found.into_iter().map(|notification| NotificationView::of(notification, locale)).collect();
    Ok(Json(Page::new(&query, views, |notification: &NotificationView| notification.id)))
}
