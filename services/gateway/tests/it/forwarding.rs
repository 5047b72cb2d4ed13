//! What reaches a service, and what comes back.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::{SinkExt, StreamExt};
use http_body_util::BodyExt;

use crate::fixture::Gateway;

/// Answers with what it got: method, URI, headers, body.
fn echo() -> Router {
    async fn echo(request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let mut text = format!("{} {}\n", parts.method, parts.uri);
        for (name, value) in &parts.headers {
            text.push_str(&format!("{name}: {}\n", value.to_str().expect("text")));
        }
        text.push_str(&format!("\n{}", String::from_utf8_lossy(&body)));
        (StatusCode::ACCEPTED, [("x-of-the-service", "kept"), ("keep-alive", "timeout=9")], text).into_response()
    }
    Router::new().route("/{*path}", any(echo))
}

#[tokio::test]
async fn a_request_reaches_the_service_as_it_was_sent_and_the_answer_comes_back() {
    let gateway = Gateway::new().with("order-1", &["/api/v1/orders"], echo()).await;
    let request =
        Request::put("/api/v1/orders/%EA%B7%A4?limit=1&q=a%20b").header("idempotency-key", "k1").body("귤".into());
    let answer = gateway.ask(request.expect("a request")).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert!(answer.body.starts_with("PUT /api/v1/orders/%EA%B7%A4?limit=1&q=a%20b\n"), "{answer:?}");
    assert!(answer.body.contains("idempotency-key: k1\n") && answer.body.ends_with("\n\n귤"), "{answer:?}");
    assert_eq!(answer.headers["x-of-the-service"], "kept");
    assert!(!answer.headers.contains_key("keep-alive"), "it is about the inner connection");
}

#[tokio::test]
async fn the_service_learns_who_asked_from_the_gateway_only() {
    let gateway = Gateway::new().with("order-1", &["/api/v1/orders"], echo()).await;
    let request = Request::get("/api/v1/orders")
        .header("host", "shop.example")
        .header("x-forwarded-for", "6.6.6.6")
        .header("connection", "x-secret")
        .header("x-secret", "1")
        .body(Body::empty());
    let answer = gateway.ask(request.expect("a request")).await;
    assert!(answer.body.contains("x-forwarded-for: 10.0.0.7\n"), "{answer:?}");
    assert!(answer.body.contains("forwarded: for=10.0.0.7;host=\"shop.example\";proto=http\n"), "{answer:?}");
    assert!(answer.body.contains("host: 127.0.0.1:"), "{answer:?}");
    assert!(!answer.body.contains("6.6.6.6") && !answer.body.contains("x-secret"), "{answer:?}");
}

#[tokio::test]
async fn trace_and_request_id_go_in_and_come_out() {
    let gateway = Gateway::new().with("order-1", &["/api/v1/orders"], echo()).await;
    let trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let traceparent = format!("00-{trace_id}-00f067aa0ba902b7-01");
    let request = Request::get("/api/v1/orders").header("traceparent", &traceparent).header("x-request-id", "mine-1");
    let answer = gateway.ask(request.body(Body::empty()).expect("a request")).await;
    assert!(answer.body.contains("x-request-id: mine-1\n"), "{answer:?}");
    assert_eq!(answer.headers["x-request-id"], "mine-1");
    assert!(answer.body.contains(&format!("traceparent: 00-{trace_id}-")), "{answer:?}");
    assert!(!answer.body.contains(&traceparent), "the gateway is a span of its own");

    let answer = gateway.get("/api/v1/nobody").await;
    assert!(answer.headers["x-request-id"].len() > 30, "the gateway's own problems have one too: {answer:?}");
}

#[tokio::test]
async fn a_problem_of_a_service_passes_as_the_service_made_it() {
    let problem = || async {
        (StatusCode::CONFLICT, [(header::CONTENT_TYPE, "application/problem+json")], "{\"code\":\"sku-taken\"}")
    };
    let gateway = Gateway::new().with("product-1", &["/p"], Router::new().route("/p", get(problem))).await;
    let answer = gateway.get("/p").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::CONFLICT, "{\"code\":\"sku-taken\"}"));
    assert_eq!(answer.headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn an_event_stream_arrives_event_by_event() {
    type Events = std::sync::Arc<std::sync::Mutex<Option<UnboundedReceiver<Result<Bytes, Infallible>>>>>;
    let (mut events, stream) = unbounded();
    let stream: Events = std::sync::Arc::new(std::sync::Mutex::new(Some(stream)));
    let service = async |State(stream): State<Events>| {
        let stream = stream.lock().expect("a lock").take().expect("one request");
        ([(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")], Body::from_stream(stream))
    };
    let service = Router::new().route("/events", get(service)).with_state(stream);
    let gateway = Gateway::new().with("order-1", &["/events"], service).await;

    let answer = gateway.send(Request::get("/events").body(Body::empty()).expect("a request")).await;
    let upstream = gateway.registry.upstreams().remove(0);
    assert_eq!(upstream.pending(), 1, "it is busy as long as the stream lasts");
    let mut body = answer.into_body().into_data_stream();
    for event in ["data: 1\n\n", "data: 2\n\n"] {
        events.send(Ok(Bytes::from(event))).await.expect("the stream is open");
        assert_eq!(body.next().await.expect("an event").expect("an event"), event);
    }
    drop(events);
    assert!(body.next().await.is_none());
    drop(body);
    assert_eq!(upstream.pending(), 0);
}

#[tokio::test]
async fn an_event_stream_outlives_the_limit_that_other_answers_have() {
    let endless = async || ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(quiet()));
    let slow = async || ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(quiet()));
    let service = Router::new().route("/events", get(endless)).route("/slow", get(slow));
    let gateway = Gateway::new().with("order-1", &["/events", "/slow"], service).await;
    let body = async |path: &str| {
        let answer = gateway.send(Request::get(path).body(Body::empty()).expect("a request")).await;
        let mut body = answer.into_body().into_data_stream();
        assert!(body.next().await.expect("a first piece").is_ok());
        body
    };
    let (mut events, mut slow) = (body("/events").await, body("/slow").await);

    tokio::time::pause();
    assert!(slow.next().await.expect("an end").is_err(), "it is cut off");
    let more = tokio::time::timeout(std::time::Duration::from_secs(600), events.next()).await;
    assert!(more.is_err(), "it is still open, and quiet");
}

/// One piece, then nothing for ever.
fn quiet() -> impl futures::Stream<Item = Result<Bytes, Infallible>> {
    futures::stream::iter([Ok(Bytes::from_static(b": hello\n\n"))]).chain(futures::stream::pending())
}

#[tokio::test]
async fn a_body_is_streamed_to_the_service_while_the_client_still_sends() {
    let (got, mut received) = unbounded::<Bytes>();
    let service = async |State(mut got): State<UnboundedSender<Bytes>>, body: Body| {
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            got.send(piece.expect("a piece")).await.expect("the test listens");
        }
    };
    let service = Router::new().route("/upload", post(service)).with_state(got);
    let gateway = Gateway::new().with("order-1", &["/upload"], service).await;

    let (mut pieces, body) = unbounded::<Result<Bytes, Infallible>>();
    let client = async {
        for piece in ["first", "second"] {
            pieces.send(Ok(Bytes::from(piece))).await.expect("the gateway reads");
            assert_eq!(received.next().await.expect("a piece"), piece);
        }
        drop(pieces);
    };
    let (answer, ()) = futures::join!(gateway.post("/upload", Body::from_stream(body)), client);
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_whether_its_length_is_declared_or_not() {
    let gateway = Gateway::new().with("order-1", &["/upload"], echo()).await;
    let large = vec![b'x'; 256 * 1024 + 1];
    let declared = Request::post("/upload").header("content-length", large.len()).body(Body::from(large.clone()));
    assert_eq!(gateway.ask(declared.expect("a request")).await.problem(), (413, "body-too-large".to_owned()));

    let pieces: Vec<_> = large.chunks(1024).map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece))).collect();
    let undeclared = gateway.post("/upload", Body::from_stream(futures::stream::iter(pieces))).await;
    assert_eq!(undeclared.problem(), (413, "body-too-large".to_owned()));
    let largest = gateway.post("/upload", large[1..].to_vec()).await;
    assert_eq!(largest.status, StatusCode::ACCEPTED);
}
