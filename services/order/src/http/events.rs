//! `GET /orders/{id}/events`: each event of the order's saga as it happens, as server-sent events.
//!
//! The stream ends with the saga, with the caller's access token, or when the service stops. A client that comes back says
//! what it saw last, to whichever replica; when nothing is left to be told, the answer is 204, on which it stays away.

use std::collections::VecDeque;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::Event;
use axum::response::{IntoResponse, NoContent, Response};
use chrono::{DateTime, Utc};
use futures::stream;
use livemart_contracts::EventId;
use livemart_contracts::ids::Order as OrderTag;
use livemart_web::openapi::{Operation, Output, Schemas};
use livemart_web::{Caller, EventStream, LastEventId, PathId};
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

pub(super) enum Followed {
    Stream(EventStream),
    /// There is nothing left to be told.
    Over,
}

impl IntoResponse for Followed {
    fn into_response(self) -> Response {
        match self {
            Self::Stream(stream) => stream.into_response(),
            Self::Over => NoContent.into_response(),
        }
    }
}

impl Output for Followed {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        EventStream::describe(operation, schemas);
        operation.answers(StatusCode::NO_CONTENT).means("The saga is over, and the client has seen all of it.");
    }
}

pub(super) async fn follow(
    State(Orders { store, lookout, closing, .. }): State<Orders>,
    caller: Caller,
    PathId(order_id): PathId<OrderTag>,
    LastEventId(seen): LastEventId<Seen>,
) -> Result<Followed, OrderError> {
    let seen = seen.unwrap_or_default();
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
        return Ok(Followed::Over);
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
    let events = stream::unfold(feed, |mut feed| async { feed.next().await.map(|event| (event, feed)) });
    Ok(Followed::Stream(EventStream::new(events)))
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
