//! `GET /staff/orders`: what waits to be shipped, or to arrive.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use livemart_contracts::OrderId;
use serde::Deserialize;

use super::super::goods::summaries;
use super::super::{Frame, html};
use crate::fault::Fault;
use crate::money;
use crate::visitor::{Shop, Visitor};

const TO_SHIP: &str = "confirmed";
const ON_THEIR_WAY: &str = "shipped";

#[derive(Template)]
#[template(path = "staff/orders.html")]
struct Page {
    frame: Frame,
    arriving: bool,
    rows: Vec<Row>,
    next: Option<String>,
    /// The number of an order that was looked for, and why it is not shown.
    asked: String,
    message: Option<&'static str>,
}

struct Row {
    id: OrderId,
    at: DateTime<Utc>,
    what: String,
    payment: String,
    total: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Waiting {
    status: String,
    cursor: String,
}

pub async fn show(
    State(shop): State<Shop>,
    visitor: Visitor,
    Query(waiting): Query<Waiting>,
) -> Result<Response, Fault> {
    visitor.staff()?;
    page(&shop, &visitor, &waiting, String::new()).await
}

async fn page(shop: &Shop, visitor: &Visitor, waiting: &Waiting, asked: String) -> Result<Response, Fault> {
    let arriving = waiting.status == ON_THEIR_WAY;
    let status = if arriving { ON_THEIR_WAY } else { TO_SHIP };
    let orders = visitor.api.orders_to_fulfil(status, &waiting.cursor).await?;
    let summaries = summaries(shop, visitor, &orders.data).await;
    let rows = orders.data.into_iter().zip(summaries).map(|(order, what)| Row {
        id: order.id,
        at: order.created_at,
        what,
        payment: visitor.locale.payment_status(&order.payment_status).to_owned(),
        total: money::written(order.total, visitor.locale),
    });
    let message = (!asked.is_empty()).then_some(visitor.locale.words().no_such_order);
    let code = if message.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let page = Page {
        frame: Frame::of(visitor),
        arriving,
        rows: rows.collect(),
        next: orders.next_cursor.map(|cursor| format!("/staff/orders?status={status}&cursor={cursor}")),
        asked,
        message,
    };
    Ok(html(code, &page))
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    order: String,
}

/// `GET /staff/find?order`: any order, by its number.
pub async fn find(State(shop): State<Shop>, visitor: Visitor, Query(wanted): Query<Wanted>) -> Result<Response, Fault> {
    visitor.staff()?;
    let number = wanted.order.trim();
    let found = match number.parse::<OrderId>() {
        Ok(id) => match visitor.api.order(id).await {
            Ok(order) => Some(order.id),
            Err(refusal) if refusal.status() == StatusCode::NOT_FOUND => None,
            Err(refusal) => return Err(refusal.into()),
        },
        Err(_) => None,
    };
    match found {
        Some(id) => Ok(Redirect::to(&format!("/staff/orders/{id}")).into_response()),
        None => page(&shop, &visitor, &Waiting::default(), number.to_owned()).await,
    }
}
