//! `GET /orders/{id}/events`: each event of the order's saga as it happens, as server-sent events.
//!
//! The stream ends with the saga, with the caller's access token, or when the service stops. A client that comes back says
//! what it saw last, to whichever replica; when nothing is left to be told, the answer is 204, on which it stays away.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures::stream;
use livemart_contracts::EventId;
use livemart_contracts::ids::Order as OrderTag;
use livemart_web::{Caller, PathId, Violations};
use sea_orm::JsonValue;
use serde::Serialize;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Orders;
use super::show::whose;
use crate::domain::following::{Seen, Story};
use crate::error::OrderError;
use crate::lookout::Following;
use crate::store::events::{self, Follower, Told};
use crate::store::orders;

const LAST_EVENT_ID: &str = "last-event-id";
/// What nginx, and others after it, would keep back until there is enough of it.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
/// Proxies give up connections that are silent for a minute, some after half of it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) async fn follow(
    State(Orders { store, lookout, closing, .. }): State<Orders>,
    caller: Caller,
    PathId(order_id): PathId<OrderTag>,
    headers: HeaderMap,
) -> Result<Response, OrderError> {
    let seen = last_seen(&headers)?;
    orders::find(store.db(), order_id, whose(&caller)).await?.ok_or(OrderError::NotFound)?;
    let whole_story = Follower { id: 0, order_id, seen: Seen::default() };
    let mut waiting: VecDeque<Told> = events::list_unseen(store.db(), &[whole_story]).await?.into();
    let (mut known, mut story) = (Seen::default(), Story::default());
    for told in &waiting {
        known.note(told.mark);
        story.hear(&told.subject, &told.data);
    }
    waiting.retain(|told| !seen.covers(told.mark));
    if waiting.is_empty() && story.is_over() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let token_life = (caller.expires_at - store.clock().now()).to_std().unwrap_or_default();
    let feed = Feed {
        waiting,
        following: lookout.follow(order_id, known)?,
        seen,
        story,
        until: Instant::now() + token_life,
        closing,
    };
    let events =
        stream::unfold(feed, |mut feed| async { feed.next().await.map(|event| (Ok::<_, Infallible>(event), feed)) });
    let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    Ok(([UNBUFFERED], stream).into_response())
}

fn last_seen(headers: &HeaderMap) -> Result<Seen, OrderError> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(Seen::default()) };
    value.to_str().unwrap_or_default().parse().map_err(|error| {
        let mut wrong = Violations::default();
        wrong.require(false, LAST_EVENT_ID, "invalid", format!("{error}"));
        OrderError::Invalid(wrong)
    })
}

/// What one client is told.
struct Feed {
    /// What had happened before it came.
    waiting: VecDeque<Told>,
    following: Following,
    seen: Seen,
    story: Story,
    until: Instant,
    closing: CancellationToken,
}

/// The data of one server-sent event.
#[derive(Serialize)]
struct EventView {
    id: EventId,
    r#type: String,
    time: DateTime<Utc>,
    data: JsonValue,
}

impl Feed {
    async fn next(&mut self) -> Option<Event> {
        let told = match self.waiting.pop_front() {
            Some(told) => told,
            None if self.story.is_over() => return None,
            None => tokio::select! {
                biased;
                () = self.closing.cancelled() => return None,
                () = sleep_until(self.until) => return None,
                told = self.following.next() => told?,
            },
        };
        self.seen.note(told.mark);
        self.story.hear(&told.subject, &told.data);
        let view =
            EventView { id: told.event_id, r#type: told.subject.clone(), time: told.occurred_at, data: told.data };
        Some(Event::default().id(self.seen.to_string()).event(told.subject).data(serde_json::json!(view).to_string()))
    }
}
