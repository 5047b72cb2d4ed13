//! The edge of a service: the trace of each request, one log line for it, and problem bodies made complete.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, MatchedPath, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;
use livemart_contracts::Trace;
use livemart_messaging::Cause;
use livemart_messaging::envelope::TRACEPARENT;
use livemart_messaging::span::{self, Span, Started};

use crate::openapi::{Input, Operation, Schemas};
use crate::{Problem, ProblemKind, metrics};

/// The name of a request, for people who follow it from one log to the next.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The trace of the request in hand. As a [`Cause`], what the events of this request name as theirs.
#[derive(Debug, Clone, Copy)]
pub struct RequestTrace(pub Trace);

impl From<RequestTrace> for Cause {
    fn from(RequestTrace(trace): RequestTrace) -> Self {
        Cause::request(trace)
    }
}

impl<S: Sync> FromRequestParts<S> for RequestTrace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_else(|| Self(Trace::start())))
    }
}

impl Input for RequestTrace {
    fn describe(_: &mut Operation, _: &mut Schemas) {}
}

/// Middleware, outermost: continues the caller's trace or starts one, completes problem bodies, logs the request.
pub async fn finish(mut request: Request, next: Next) -> Response {
    let (work, in_flight) = (Started::now(), metrics::in_flight());
    let received: Option<Trace> =
        request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok()?.parse().ok());
    let trace = received.map_or_else(Trace::start, Trace::child);
    request.extensions_mut().insert(RequestTrace(trace));
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().map(|route| route.as_str().to_owned());

    let asked_as = request.headers().get(X_REQUEST_ID).cloned();
    let started = tokio::time::Instant::now();
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let rendered = problem.at(&path, &trace.trace_id()).render();
        let (mut parts, body) = rendered.into_parts();
        // What a layer added on the way out, but for what describes the body that is replaced.
        for (name, value) in response.headers() {
            if !parts.headers.contains_key(name) && name != axum::http::header::CONTENT_LENGTH {
                parts.headers.append(name.clone(), value.clone());
            }
        }
        response = Response::from_parts(parts, body);
    }
    if let Ok(value) = HeaderValue::from_str(&trace.to_string()) {
        response.headers_mut().insert(TRACEPARENT, value);
    }
    drop(in_flight);
    let status = response.status();
    metrics::answered(&method, route.as_deref(), status, started.elapsed());
    work.end(trace, |started| Span {
        name: format!("{} {}", metrics::method(&method), route.as_deref().unwrap_or(metrics::NO_ROUTE)),
        kind: span::Kind::Server,
        trace,
        parent: received,
        started,
        attributes: vec![
            ("http.request.method", metrics::method(&method).into()),
            ("http.route", route.clone().unwrap_or_else(|| metrics::NO_ROUTE.to_owned()).into()),
            ("http.response.status_code", status.as_u16().to_string().into()),
        ],
        error: status.is_server_error().then(|| status.to_string()),
    });
    tracing::debug!(
        %method,
        route = route.as_deref().unwrap_or("-"),
        status = response.status().as_u16(),
        duration_ms = started.elapsed().as_millis(),
        trace_id = trace.trace_id(),
        request_id = request_id(&response, asked_as.as_ref()),
        "request answered"
    );
    response
}

/// What the gateway calls the request: it says so to the service, and to the client.
fn request_id<'a>(response: &'a Response, asked_as: Option<&'a HeaderValue>) -> &'a str {
    let id = response.headers().get(X_REQUEST_ID).or(asked_as);
    id.and_then(|id| id.to_str().ok()).unwrap_or("-")
}
pub const UNKNOWN_PATH: ProblemKind = ProblemKind::new(StatusCode::NOT_FOUND, "unknown-path", "Unknown path");
pub const METHOD_NOT_ALLOWED: ProblemKind =
    ProblemKind::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed");
pub const REQUEST_TIMED_OUT: ProblemKind =
    ProblemKind::new(StatusCode::GATEWAY_TIMEOUT, "request-timed-out", "Request timed out");

/// The answer to paths that do not exist.
pub async fn unknown_path(uri: Uri) -> Problem {
    UNKNOWN_PATH.problem(format!("nothing answers at {}", uri.path()))
}

/// The answer to methods that a path does not know.
pub async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    METHOD_NOT_ALLOWED.problem(format!("{} does not answer to {method}", uri.path()))
}
