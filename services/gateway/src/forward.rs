//! Hands a request to a replica, and its answer back. Bodies stream through in both directions.
//!
//! A replica that cannot be connected to never saw the request, so the next one gets it. Once a request was sent, only a
//! safe method (RFC 9110, section 9.2.1) is sent again: of any other it is not known whether it took effect. An idempotency
//! key does not change that, for only the service knows whether it honours one; the client may send it again, and should.

pub mod answer;
pub mod body;
pub mod failure;
pub mod headers;

use std::time::Duration;

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{Method, Uri, Version, header};
use axum::response::Response;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use livemart_runtime::Live;
use livemart_web::RequestTrace;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::client::ClientAddress;
use crate::config::{Scheme, Settings};
use crate::metrics::{CIRCUIT_REFUSED, RETRIES};
use crate::registry::Registry;
use crate::replica::Replica;
use crate::upstream::Upstream;
use body::{BODY_LIMIT, Lent, RequestBody};
use failure::Failure;

/// Replicas are near: one that takes longer to accept a connection is not there.
const CONNECT_LIMIT: Duration = Duration::from_secs(1);
/// A replica that stops waits for its connections; idle ones must not keep it.
const IDLE_LIMIT: Duration = Duration::from_secs(15);

/// Sends requests to whoever answers their path. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Forwarder {
    registry: Registry,
    client: Client<HttpConnector, Lent>,
    settings: Live<Settings>,
    scheme: Scheme,
    closing: CancellationToken,
}

impl Forwarder {
    /// `scheme` is what clients use; `closing` ends the streams of events that pass through.
    pub fn new(registry: Registry, settings: Live<Settings>, scheme: Scheme, closing: CancellationToken) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_LIMIT));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_LIMIT)
            .build(connector);
        Self { registry, client, settings, scheme, closing }
    }

    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    pub async fn forward(&self, request: Request) -> Result<Response, Failure> {
        let settings = self.settings.get();
        let deadline = Instant::now() + settings.answer_limit();
        let (mut parts, body) = request.into_parts();
        let found = self.registry.find(parts.uri.path()).await;
        let mut candidates = found.ok_or_else(|| Failure::UnknownPath(parts.uri.clone()))?;
        if declared_length(&parts).is_some_and(|length| length > BODY_LIMIT) {
            return Err(Failure::BodyTooLarge);
        }
        self.rewrite_headers(&mut parts);

        let body = RequestBody::new(body);
        let (mut failure, mut retries) = (Failure::NoReplica, settings.retries);
        while let Some(lease) = candidates.take() {
            let upstream = lease.upstream();
            // Whoever was tried before had begun to read it: it cannot be sent again.
            let Some(lent) = body.lend() else { break };
            let pass = match upstream.circuit.pass() {
                Ok(pass) => pass,
                Err(_) if failure != Failure::NoReplica => break,
                Err(pause) => return Err(left_alone(upstream, pause)),
            };
            let request = addressed(&parts, upstream, lent)?;
            let sent = timeout_at(deadline, self.client.request(request)).await;
            // What its client did to a request says nothing of the service.
            match (&sent, body.failure()) {
                (Ok(Err(_)) | Err(_), Some(clients)) => return Err(clients),
                (Err(_), None) if body.is_awaited() => return Err(Failure::BodyTimedOut),
                _ => {}
            }
            let again = match sent {
                Ok(Ok(answer)) => {
                    pass.answered();
                    return Ok(answer::relay(answer, lease, deadline, self.closing.clone()));
                }
                Ok(Err(error)) if error.is_connect() => {
                    self.registry.unreachable(upstream);
                    Some("unreachable")
                }
                Ok(Err(error)) => {
                    failure = broken(upstream, &error);
                    pass.failed(&settings);
                    parts.method.is_safe().then_some("broken")
                }
                Err(_) => {
                    failure = Failure::TimedOut { service: upstream.replica.service.clone() };
                    pass.failed(&settings);
                    None
                }
            };
            let Some(reason) = again.filter(|_| retries > 0) else { break };
            retries -= 1;
            RETRIES.with_label_values(&[&upstream.replica.service, reason]).inc();
        }
        Err(failure)
    }

    fn rewrite_headers(&self, parts: &mut Parts) {
        let client = parts.extensions.get().map(|ClientAddress(address)| *address);
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

fn left_alone(upstream: &Upstream, pause: Duration) -> Failure {
    let service = upstream.replica.service.clone();
    CIRCUIT_REFUSED.with_label_values(&[&service]).inc();
    let seconds = u32::try_from(pause.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX).max(1);
    Failure::LeftAlone { service, seconds }
}

fn broken(upstream: &Upstream, error: &dyn std::error::Error) -> Failure {
    let Replica { service, instance, .. } = &upstream.replica;
    let cause = error.source().map(ToString::to_string);
    tracing::warn!(service, instance, error = %error, cause, "a replica broke off");
    Failure::Broken { service: service.clone() }
}
