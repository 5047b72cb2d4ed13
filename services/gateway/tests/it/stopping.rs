//! What happens to open answers when the gateway stops.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header;
use axum::routing::get;
use futures::StreamExt;

use crate::fixture::Gateway;

#[tokio::test]
async fn a_stream_of_events_ends_at_once_and_properly() {
    let service = async || {
        let first = futures::stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"data: 1\n\n"))]);
        let stream = first.chain(futures::stream::pending());
        ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(stream))
    };
    let gateway = Gateway::new().with("order-1", &["/events"], Router::new().route("/events", get(service))).await;
    let answer = gateway.send(Request::get("/events").body(Body::empty()).expect("a request")).await;
    let mut body = answer.into_body().into_data_stream();
    assert_eq!(body.next().await.expect("an event").expect("an event"), "data: 1\n\n");
    gateway.closing.cancel();
    assert!(body.next().await.is_none(), "an end, and no error: the client comes back with its last id");
    drop(body);
    assert_eq!(gateway.registry.upstreams()[0].pending(), 0);
}
