//! `GET /orders`: the visitor's orders, the newest first.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use livemart_contracts::OrderId;
use serde::Deserialize;

use super::goods::names;
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
    let firsts = orders.data.iter().filter_map(|order| order.lines.first()).map(|line| line.product_id);
    let firsts: std::collections::BTreeSet<_> = firsts.collect();
    let names = names(&shop, &visitor, firsts).await;
    let rows = orders.data.into_iter().map(|order| {
        let first = order.lines.first().and_then(|line| names.get(&line.product_id)).map_or("", String::as_str);
        Row {
            id: order.id,
            at: order.created_at,
            what: visitor.locale.and_others(first, order.lines.len().saturating_sub(1)),
            status_text: visitor.locale.status(&order.status).to_owned(),
            status: order.status,
            total: money::written(order.total, visitor.locale),
        }
    });
    let page = Page {
        rows: rows.collect(),
        next: orders.next_cursor.map(|cursor| format!("/orders?cursor={cursor}")),
        frame: Frame::of(&visitor),
    };
    Ok(html(StatusCode::OK, &page))
}
