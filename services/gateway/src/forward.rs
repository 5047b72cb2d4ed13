//! Hands a request to a replica, and its answer back. Bodies stream through in both directions.
//!
//! A replica that cannot be connected to never saw the request, so the next one gets it. Once a request was sent, only a
//! safe method (RFC 9110, section 9.2.1) is sent again: of any other it is not known whether it took effect.

pub mod answer;
pub mod body;
pub mod failure;
pub mod headers;

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{Method, Uri, Version, header};
use axum::response::Response;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use livemart_web::RequestTrace;
use tokio::time::{Instant, timeout_at};

use crate::config::Scheme;
use crate::registry::Registry;
use crate::upstream::{Lease, Upstream};
use body::{BODY_LIMIT, Lent, RequestBody};
use failure::Failure;

/// Replicas are near: one that takes longer to accept a connection is not there.
const CONNECT_LIMIT: Duration = Duration::from_secs(1);
/// One second less than every service, this one included, gives a request: the answer should name who was late.
const ANSWER_LIMIT: Duration = Duration::from_secs(29);
/// A replica that stops waits for its connections; idle ones must not keep it.
const IDLE_LIMIT: Duration = Duration::from_secs(15);

/// Sends requests to whoever answers their path. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Forwarder {
    registry: Registry,
    client: Client<HttpConnector, Lent>,
    scheme: Scheme,
}

impl Forwarder {
    /// `scheme` is what clients use.
    pub fn new(registry: Registry, scheme: Scheme) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_LIMIT));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_LIMIT)
            .build(connector);
        Self { registry, client, scheme }
    }

    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    pub async fn forward(&self, request: Request) -> Result<Response, Failure> {
        let deadline = Instant::now() + ANSWER_LIMIT;
        let (mut parts, body) = request.into_parts();
        let found = self.registry.find(parts.uri.path()).await;
        let mut candidates = found.ok_or_else(|| Failure::UnknownPath(parts.uri.clone()))?;
        if declared_length(&parts).is_some_and(|length| length > BODY_LIMIT) {
            return Err(Failure::BodyTooLarge);
        }
        self.rewrite_headers(&mut parts);

        let body = RequestBody::new(body);
        let mut failure = Failure::NoReplica;
        while let Some(lease) = candidates.take() {
            // Whoever was tried before had begun to read it: it cannot be sent again.
            let Some(lent) = body.lend() else { break };
            let request = addressed(&parts, lease.upstream(), lent)?;
            failure = match timeout_at(deadline, self.client.request(request)).await {
                Ok(Ok(answer)) => return Ok(answer::relay(answer, lease, deadline)),
                Ok(Err(error)) if error.is_connect() => {
                    self.registry.unreachable(lease.upstream());
                    continue;
                }
                Ok(Err(error)) => body.failure().unwrap_or_else(|| broken(&lease, &error)),
                Err(_) => body.failure().unwrap_or_else(|| Failure::TimedOut { service: service(&lease) }),
            };
            if !(parts.method.is_safe() && matches!(failure, Failure::Broken { .. })) {
                break;
            }
        }
        Err(failure)
    }

    fn rewrite_headers(&self, parts: &mut Parts) {
        let client = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        headers::strip_hop_by_hop(&mut parts.headers);
        headers::say_who_asked(&mut parts.headers, &parts.uri, client, self.scheme);
        if let Some(RequestTrace(trace)) = parts.extensions.get() {
            headers::trace(&mut parts.headers, *trace);
        }
    }
}

fn declared_length(parts: &Parts) -> Option<u64> {
    parts.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The request for one replica.
fn addressed(parts: &Parts, upstream: &Upstream, body: Lent) -> Result<Request<Lent>, Failure> {
    let uri = Uri::builder().scheme("http").authority(upstream.replica.authority.clone());
    let uri = match parts.uri.path_and_query() {
        Some(path_and_query) => uri.path_and_query(path_and_query.clone()),
        None => uri.path_and_query("/"),
    };
    let uri = uri.build().map_err(|_| Failure::UnknownPath(parts.uri.clone()))?;
    let mut request = Request::new(body);
    *request.method_mut() = Method::clone(&parts.method);
    *request.uri_mut() = uri;
    *request.version_mut() = Version::HTTP_11;
    *request.headers_mut() = parts.headers.clone();
    Ok(request)
}

fn service(lease: &Lease) -> String {
    lease.upstream().replica.service.clone()
}

fn broken(lease: &Lease, error: &dyn std::error::Error) -> Failure {
    let replica = &lease.upstream().replica;
    let cause = error.source().map(ToString::to_string);
    tracing::warn!(
        service = replica.service,
        instance = replica.instance,
        error = %error,
        cause,
        "a replica broke off"
    );
    Failure::Broken { service: service(lease) }
}
