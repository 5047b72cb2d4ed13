//! `GET /analytics/orders/{id}/timeline`: the saga of one order, event by event. For the staff, and for its customer.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use livemart_contracts::ids::Order;
use livemart_contracts::{EventId, OrderId, Stream};
use livemart_messaging::Store;
use livemart_web::{Caller, PathId, Problem, Role};
use schemars::JsonSchema;
use serde::Serialize;

use crate::store::timeline::{self, Row};

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Timeline {
    order_id: OrderId,
    events: Vec<Event>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TimelineEvent")]
struct Event {
    id: EventId,
    subject: String,
    time: DateTime<Utc>,
    /// The service that says it.
    service: Option<&'static str>,
    /// The event that it answers; null where a request or a timer began something.
    cause: Option<EventId>,
    /// Since its cause; null where that is not here.
    after_ms: Option<f64>,
}

fn events(rows: Vec<Row>) -> Vec<Event> {
    let times: HashMap<_, _> = rows.iter().map(|row| (row.event_id, row.at)).collect();
    let event = |row: Row| {
        let began = row.cause_id.and_then(|cause| times.get(&cause));
        let took = began.and_then(|began| (row.at - began).num_microseconds());
        Event {
            id: row.event_id.into(),
            service: Stream::of_subject(&row.subject).map(Stream::publisher),
            subject: row.subject,
            time: row.at,
            cause: row.cause_id.map(EventId::from),
            after_ms: took.map(milliseconds),
        }
    };
    rows.into_iter().map(event).collect()
}

#[expect(clippy::cast_precision_loss, reason = "an f64 counts the microseconds of centuries")]
fn milliseconds(microseconds: i64) -> f64 {
    microseconds as f64 / 1_000.0
}

pub(super) async fn timeline(
    State(store): State<Store>,
    caller: Caller,
    PathId(id): PathId<Order>,
) -> Result<Json<Timeline>, Problem> {
    let is_visible = match caller.role {
        Role::Admin => true,
        Role::Customer => timeline::find_customer(store.db(), id).await? == Some(caller.user_id),
    };
    let rows = if is_visible { timeline::read(store.db(), id).await? } else { Vec::new() };
    if rows.is_empty() {
        return Err(Problem::not_found("order"));
    }
    Ok(Json(Timeline { order_id: id, events: events(rows) }))
}
