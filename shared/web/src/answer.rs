//! Answers whose type says what they are, so that the contract of an endpoint can be read off its handler.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};

use crate::openapi::{Operation, Output, Schemas};

/// `T`, answered with this status.
#[derive(Debug, Clone, Copy)]
pub struct Status<const CODE: u16, T = ()>(pub T);

impl<const CODE: u16, T> Status<CODE, T> {
    const STATUS: StatusCode = match StatusCode::from_u16(CODE) {
        Ok(status) => status,
        Err(_) => panic!("no status has this code"),
    };
}

impl<const CODE: u16, T: IntoResponse> IntoResponse for Status<CODE, T> {
    fn into_response(self) -> Response {
        (Self::STATUS, self.0).into_response()
    }
}

impl<const CODE: u16, T: Output> Output for Status<CODE, T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        T::describe(operation, schemas);
        operation.answers_instead(Self::STATUS);
    }
}

/// `T`, with the address of what was made.
#[derive(Debug, Clone)]
pub struct Located<T>(pub String, pub T);

impl<T: IntoResponse> IntoResponse for Located<T> {
    fn into_response(self) -> Response {
        ([(header::LOCATION, self.0)], self.1).into_response()
    }
}

impl<T: Output> Output for Located<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        T::describe(operation, schemas);
        operation.answers(StatusCode::OK).header("Location", "Where it is from now on.");
    }
}

/// What nginx, and others after it, would keep back until there is enough of it.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
/// Proxies and browsers give up connections that are silent, from thirty seconds on.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Server-sent events, as they happen.
pub struct EventStream(Response);

impl EventStream {
    pub fn new(events: impl Stream<Item = Event> + Send + 'static) -> Self {
        let events = Sse::new(events.map(Ok::<_, Infallible>)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
        Self(([UNBUFFERED], events).into_response())
    }
}

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Output for EventStream {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        // OpenAPI 3.1 has no schema for a stream of things.
        operation
            .answers(StatusCode::OK)
            .means("Server-sent events, as they happen.")
            .content("text/event-stream", None);
    }
}
