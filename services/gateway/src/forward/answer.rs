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

use super::headers;
use crate::upstream::Lease;

/// `answer` for the client. The replica counts as busy until its end, which must come before `deadline`, unless it is a
/// stream of events, which has no end to wait for.
pub fn relay(answer: Response<Incoming>, lease: Lease, deadline: Instant) -> Response {
    let (mut parts, incoming) = answer.into_parts();
    headers::strip_hop_by_hop(&mut parts.headers);
    let endless = is_event_stream(&parts.headers);
    let deadline = (!endless && !incoming.is_end_stream()).then(|| Box::pin(sleep_until(deadline)));
    let body = Body::new(Relayed { incoming, deadline, _lease: lease });
    Response::from_parts(parts, body)
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.and_then(|kind| kind.split(';').next()).is_some_and(|kind| kind.trim() == "text/event-stream")
}

struct Relayed {
    incoming: Incoming,
    deadline: Option<Pin<Box<Sleep>>>,
    _lease: Lease,
}

impl HttpBody for Relayed {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let relayed = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut relayed.incoming).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        match relayed.deadline.as_mut().map(|deadline| deadline.as_mut().poll(cx)) {
            Some(Poll::Ready(())) => {
                let late = io::Error::new(io::ErrorKind::TimedOut, "the service did not finish its answer in time");
                Poll::Ready(Some(Err(late.into())))
            }
            Some(Poll::Pending) | None => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
