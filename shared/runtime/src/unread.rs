//! Bodies that nobody read to their end: of a request that was refused for its length, its type, its caller.
//!
//! An HTTP/1.1 connection with unread bytes in it can only be closed, and closing it may destroy the answer that is on
//! its way: the client then sees a broken connection instead of the reason, or sends its next request into the close
//! (RFC 9112, section 9.6). So what was left is read and thrown away, and where that is too much, the answer says that
//! the connection ends with it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use futures::future::poll_fn;
use hyper::body::{Frame, SizeHint};
use tokio::time::timeout;

/// Bytes to throw away: what a client sends by mistake. A tenth of a second on a local network.
const DISCARD_LIMIT: usize = 8 * 1024 * 1024;
/// A client that is slower than this gets its answer, with the end of the connection.
const DISCARD_TIME: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
enum Rest {
    /// Somebody reads it.
    #[default]
    Unknown,
    Left(Body),
    Nothing,
}

type Shelf = Arc<Mutex<Rest>>;

fn put(shelf: &Shelf, rest: Rest) {
    *shelf.lock().unwrap_or_else(PoisonError::into_inner) = rest;
}

/// A request's body, whose rest is on the shelf when it is dropped.
struct Watched {
    body: Body,
    shelf: Shelf,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let body = std::mem::take(&mut self.body);
        put(&self.shelf, if body.is_end_stream() { Rest::Nothing } else { Rest::Left(body) });
    }
}

/// Middleware, outermost.
pub(crate) async fn discard(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    // Reading would ask a client for the body that it waits to be asked for.
    let waits = request.headers().contains_key(header::EXPECT);
    let shelf = Shelf::default();
    let request = request.map(|body| Body::new(Watched { body, shelf: Arc::clone(&shelf) }));
    let mut response = next.run(request).await;

    let rest = std::mem::take(&mut *shelf.lock().unwrap_or_else(PoisonError::into_inner));
    let is_read = match rest {
        Rest::Nothing => true,
        Rest::Left(body) if !waits => timeout(DISCARD_TIME, read_to_end(body)).await.unwrap_or(false),
        Rest::Left(_) | Rest::Unknown => false,
    };
    if !is_read {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Whether it ended within the limit.
async fn read_to_end(mut body: Body) -> bool {
    let mut left = DISCARD_LIMIT;
    loop {
        match poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            None => return true,
            Some(Err(_)) => return false,
            Some(Ok(frame)) => match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
                Some(rest) => left = rest,
                None => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::post;
    use axum::{Router, middleware};
    use futures::stream;
    use tower::ServiceExt as _;

    use super::*;

    /// Whether the connection goes on after a body of `chunks` mebibytes, of which `handler` reads what it likes.
    async fn goes_on(router: Router, chunks: usize, expect: bool) -> bool {
        let chunk = Bytes::from(vec![0; 1024 * 1024]);
        let body = Body::from_stream(stream::iter((0..chunks).map(move |_| Ok::<_, std::io::Error>(chunk.clone()))));
        let mut request = Request::post("/").body(body).unwrap();
        if expect {
            request.headers_mut().insert(header::EXPECT, HeaderValue::from_static("100-continue"));
        }
        let response = router.layer(middleware::from_fn(discard)).oneshot(request).await.unwrap();
        !response.headers().contains_key(header::CONNECTION)
    }

    fn unread() -> Router {
        Router::new().route("/", post(async || "no, thank you"))
    }

    #[tokio::test]
    async fn a_body_that_was_read_or_can_be_thrown_away_keeps_the_connection() {
        let read = Router::new().route("/", post(async |_: Bytes| "thank you"));
        assert!(goes_on(read.layer(axum::extract::DefaultBodyLimit::disable()), 3, false).await);
        assert!(goes_on(unread(), 3, false).await);
    }

    #[tokio::test]
    async fn a_body_that_is_too_much_or_was_not_asked_for_ends_the_connection() {
        assert!(!goes_on(unread(), 9, false).await);
        assert!(!goes_on(unread(), 1, true).await);
    }
}
