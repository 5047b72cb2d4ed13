//! The body of a request: streamed, bounded, and taken back from a replica that never read it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use super::failure::Failure;

/// Bytes; the services read no more than this either.
pub const BODY_LIMIT: u64 = 256 * 1024;

/// Where the body is while somebody tries to send it.
#[derive(Debug, Default)]
struct Shelf {
    /// Not read by anybody yet.
    whole: Option<Body>,
    failure: Option<Failure>,
    /// Whoever sends it would go on if the client did.
    is_awaited: bool,
}

type Shared = Arc<Mutex<Shelf>>;

fn open(shelf: &Shared) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The body of one request, lent to one replica after the other.
#[derive(Debug)]
pub struct RequestBody {
    shelf: Shared,
}

impl RequestBody {
    pub fn new(body: Body) -> Self {
        Self { shelf: Arc::new(Mutex::new(Shelf { whole: Some(body), ..Shelf::default() })) }
    }

    /// The body, unless somebody began to read it.
    pub fn lend(&self) -> Option<Lent> {
        let whole = open(&self.shelf).whole.take()?;
        Some(Lent { body: Some(whole), touched: false, left: BODY_LIMIT, shelf: Arc::clone(&self.shelf) })
    }

    /// What went wrong on the client's side, if that is why sending failed.
    pub fn failure(&self) -> Option<Failure> {
        open(&self.shelf).failure.clone()
    }

    /// Whether the client is the one who keeps everybody waiting: a service cannot answer what has not come.
    pub fn is_awaited(&self) -> bool {
        open(&self.shelf).is_awaited
    }
}

/// A body on its way to a replica. Dropped before it was read, it goes back.
#[derive(Debug)]
pub struct Lent {
    body: Option<Body>,
    touched: bool,
    left: u64,
    shelf: Shared,
}

impl Lent {
    fn fail(&mut self, failure: Failure) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        open(&self.shelf).failure = Some(failure.clone());
        Poll::Ready(Some(Err(failure)))
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let lent = self.get_mut();
        lent.touched = true;
        let Some(body) = &mut lent.body else { return Poll::Ready(None) };
        let frame = Pin::new(body).poll_frame(cx);
        open(&lent.shelf).is_awaited = frame.is_pending();
        match ready!(frame) {
            None => Poll::Ready(None),
            Some(Err(_)) => lent.fail(Failure::BodyIncomplete),
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                match lent.left.checked_sub(length) {
                    Some(left) => {
                        lent.left = left;
                        Poll::Ready(Some(Ok(frame)))
                    }
                    None => lent.fail(Failure::BodyTooLarge),
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // An empty body is never read, and as good as before.
        if !self.touched {
            open(&self.shelf).whole = self.body.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_body_that_nobody_read_can_be_lent_again() {
        let body = RequestBody::new(Body::from("one order"));
        drop(body.lend().expect("the body"));
        let lent = body.lend().expect("the body again");
        assert!(body.lend().is_none(), "it is lent");
        assert_eq!(lent.collect().await.expect("all of it").to_bytes(), "one order");
        assert!(body.lend().is_none(), "it was read");
        assert_eq!(body.failure(), None);
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_fails_and_says_so() {
        let chunks = (0..=BODY_LIMIT / 1024).map(|_| Ok::<_, std::io::Error>(vec![0_u8; 1024]));
        let body = RequestBody::new(Body::from_stream(futures::stream::iter(chunks)));
        let sent = body.lend().expect("the body").collect().await;
        assert_eq!(sent.expect_err("it is too large"), Failure::BodyTooLarge);
        assert_eq!(body.failure(), Some(Failure::BodyTooLarge));
    }

    #[tokio::test]
    async fn a_body_is_awaited_while_its_client_sends_nothing() {
        let (client, chunks) = futures::channel::mpsc::unbounded::<Result<&str, std::io::Error>>();
        let body = RequestBody::new(Body::from_stream(chunks));
        let mut lent = body.lend().expect("the body");
        assert!(!body.is_awaited(), "nobody has asked for it");
        assert!(lent.frame().now_or_never().is_none() && body.is_awaited());
        client.unbounded_send(Ok("half of")).expect("it is taken");
        assert!(lent.frame().now_or_never().is_some());
        assert!(!body.is_awaited(), "it is the service that does not take more");
    }

    #[tokio::test]
    async fn a_client_that_leaves_is_not_the_services_failure() {
        let chunks = [Ok("half of"), Err(std::io::Error::other("gone"))];
        let body = RequestBody::new(Body::from_stream(futures::stream::iter(chunks)));
        let sent = body.lend().expect("the body").collect().await;
        assert_eq!(sent.expect_err("it is not complete"), Failure::BodyIncomplete);
        assert_eq!(body.failure(), Some(Failure::BodyIncomplete));
    }
}
