//! The way back: a replica's answer to the client, piece by piece.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::headers;
use crate::metrics::EVENT_STREAMS;
use crate::upstream::Lease;

/// `answer` for the client. The replica counts as busy until its end, which must come before `deadline`. A stream of events
/// has no end to wait for: it ends when the gateway is `closing`, for its client to go on at another one.
pub fn relay(answer: Response<Incoming>, lease: Lease, deadline: Instant, closing: CancellationToken) -> Response {
    let (mut parts, incoming) = answer.into_parts();
    headers::strip_hop_by_hop(&mut parts.headers);
    let end = match is_event_stream(&parts.headers) {
        true => End::Closing(EventStream::begin(closing)),
        false if incoming.is_end_stream() => End::Ended,
        false => End::Deadline(Box::pin(sleep_until(deadline))),
    };
    Response::from_parts(parts, Body::new(Relayed { incoming, end, _lease: lease }))
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.split(';').next()).is_some_and(|kind| kind.trim() == "text/event-stream")
}

struct Relayed {
    incoming: Incoming,
    end: End,
    _lease: Lease,
}

/// What may end an answer before it ends by itself.
enum End {
    Ended,
    Deadline(Pin<Box<Sleep>>),
    Closing(EventStream),
}

/// A stream of events, counted while it lasts.
struct EventStream {
    closing: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl EventStream {
    fn begin(closing: CancellationToken) -> Self {
        EVENT_STREAMS.inc();
        Self { closing: Box::pin(closing.cancelled_owned()) }
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        EVENT_STREAMS.dec();
    }
}

impl HttpBody for Relayed {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let relayed = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut relayed.incoming).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        match &mut relayed.end {
            End::Ended => Poll::Pending,
            End::Deadline(deadline) => deadline.as_mut().poll(cx).map(|()| {
                let late = io::Error::new(io::ErrorKind::TimedOut, "the service did not finish its answer in time");
                Some(Err(late.into()))
            }),
            End::Closing(stream) => stream.closing.as_mut().poll(cx).map(|()| None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
