//! `GET /inbox`: what the shop told the visitor, the newest first.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;

use super::orders::From;
use super::{Frame, done, html, id};
use crate::api::Notification;
use crate::fault::Fault;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "inbox.html")]
struct Page {
    frame: Frame,
    items: Vec<Notification>,
    next: Option<String>,
}

pub async fn show(visitor: Visitor, Query(from): Query<From>) -> Result<Response, Fault> {
    visitor.signed_in()?;
    let found = visitor.api.notifications(&from.cursor).await?;
    let page = Page {
        frame: Frame::of(&visitor),
        items: found.data,
        next: found.next_cursor.map(|cursor| format!("/inbox?cursor={cursor}")),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `POST /inbox/{id}/read`
pub async fn mark_read(visitor: Visitor, Path(notification): Path<String>) -> Result<Response, Fault> {
    visitor.signed_in()?;
    visitor.api.mark_read(id(&notification)?).await?;
    Ok(done("/inbox", "changed"))
}
