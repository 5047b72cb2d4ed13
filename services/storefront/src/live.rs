//! What pages that are open are told: streams of the API, handed on, and suggestions.
//!
//! A browser's `EventSource` sends no `Authorization`, and scripts cannot read the session. So the stream is asked for here, with the
//! visitor's token, and its bytes are passed on as they come.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use livemart_contracts::OrderId;
use serde::Deserialize;
use serde_json::json;

use crate::api::{Refusal, Suggestion};
use crate::visitor::{Shop, Visitor};

/// Characters that the API searches for at most.
const LONGEST_QUERY: usize = 100;

/// `GET /orders/{id}/events`
pub async fn order(State(shop): State<Shop>, visitor: Visitor, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match id.parse::<OrderId>() {
        Ok(id) => hand_on(&shop, &visitor, &format!("/orders/{id}/events"), &headers).await,
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `GET /inbox/events`
pub async fn inbox(State(shop): State<Shop>, visitor: Visitor, headers: HeaderMap) -> Response {
    hand_on(&shop, &visitor, "/notifications/stream", &headers).await
}

/// `GET /inbox/unread`
pub async fn unread(visitor: Visitor) -> Response {
    match visitor.api.unread().await {
        Ok(unread) => Json(json!({ "unread": unread })).into_response(),
        Err(refusal) => bare(&refusal),
    }
}

#[derive(Deserialize)]
pub struct Typed {
    #[serde(default)]
    q: String,
}

/// `GET /suggest?q=`
pub async fn suggest(visitor: Visitor, Query(Typed { q }): Query<Typed>) -> Response {
    if q.trim().is_empty() || q.chars().count() > LONGEST_QUERY {
        return Json(Vec::<Suggestion>::new()).into_response();
    }
    match visitor.api.suggest(&q).await {
        Ok(suggestions) => Json(suggestions).into_response(),
        Err(refusal) => bare(&refusal),
    }
}

async fn hand_on(shop: &Shop, visitor: &Visitor, path: &str, headers: &HeaderMap) -> Response {
    let left_off = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let answer = match visitor.api.follow(path, left_off).await {
        Ok(answer) => answer,
        Err(refusal) => return bare(&refusal),
    };
    // Nothing is left to be told, and the browser is to stay away.
    if answer.status() == StatusCode::NO_CONTENT {
        return StatusCode::NO_CONTENT.into_response();
    }
    // Browsers come back by themselves, to another replica.
    let events = answer.bytes_stream().take_until(shop.closing.clone().cancelled_owned());
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, Body::from_stream(events)).into_response()
}

/// For scripts, which show nothing where there is no answer.
fn bare(refusal: &Refusal) -> Response {
    refusal.status().into_response()
}
