//! `GET /orders`: the visitor's orders, the newest first.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use livemart_contracts::OrderId;
use serde::Deserialize;

use super::goods::summaries;
use super::{Frame, html};
use crate::fault::Fault;
use crate::money;
use crate::visitor::{Shop, Visitor};

#[derive(Template)]
#[template(path = "orders.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    id: OrderId,
    at: DateTime<Utc>,
    what: String,
    status: String,
    status_text: String,
    total: String,
}

/// Where a page of a list begins.
#[derive(Deserialize)]
pub struct From {
    #[serde(default)]
    pub cursor: String,
}

pub async fn show(State(shop): State<Shop>, visitor: Visitor, Query(from): Query<From>) -> Result<Response, Fault> {
    visitor.signed_in()?;
    let orders = visitor.api.orders(&from.cursor).await?;
    let summaries = summaries(&shop, &visitor, &orders.data).await;
    let rows = orders.data.into_iter().zip(summaries).map(|(order, what)| Row {
        id: order.id,
        at: order.created_at,
        what,
        status_text: visitor.locale.status(&order.status).to_owned(),
        status: order.status,
        total: money::written(order.total, visitor.locale),
    });
    let page = Page {
        rows: rows.collect(),
        next: orders.next_cursor.map(|cursor| format!("/orders?cursor={cursor}")),
        frame: Frame::of(&visitor),
    };
    Ok(html(StatusCode::OK, &page))
}
