//! `POST /notifications/{id}/read`: the caller has seen it. Doing it twice is doing it once.

use axum::Json;
use axum::extract::State;
use livemart_contracts::ids::Notification;
use livemart_web::{AcceptLanguage, Caller, PathId};

use super::notification_view::NotificationView;
use super::{Desk, inboxes};
use crate::error::Error;
use crate::store::notifications;

pub async fn handle(
    State(desk): State<Desk>,
    caller: Caller,
    language: AcceptLanguage,
    PathId(id): PathId<Notification>,
) -> Result<Json<NotificationView>, Error> {
    let work = desk.store.begin().await?;
    let read = notifications::read_in(work.tx(), &inboxes(&caller), id, work.now()).await?;
    let read = read.ok_or(Error::NoSuch("notification"))?;
    work.commit().await?;
    Ok(Json(NotificationView::of(read, desk.locale(&language))))
}
