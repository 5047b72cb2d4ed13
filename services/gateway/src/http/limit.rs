//! Who asks, and whether they may ask once more.
//!
//! Forged access tokens are refused here, so that no service spends time on them, and count against the address that they come
//! from. Everything else passes, and each service says what it makes of it: a request without a token may be to something
//! public, and a client whose token has expired or whose session was ended sends it along when it signs in again.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use livemart_web::{Authenticate, Caller, Problem, ProblemKind, Unauthenticated, caller};

use crate::client::ClientAddress;
use crate::limits::{Client, Limits, Quota, Verdict};

pub const TOO_MANY_REQUESTS: ProblemKind =
    ProblemKind::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests");
/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/>
pub const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

pub async fn check(
    State(limits): State<Arc<Limits>>,
    Extension(authenticate): Extension<Arc<dyn Authenticate>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = identify(&parts, &*authenticate).await;
    let client = match (&caller, parts.extensions.get()) {
        (Ok(Some(caller)), _) => Some(Client::User(caller.user_id)),
        (_, Some(ClientAddress(address))) => Some(Client::Address(*address)),
        _ => None,
    };
    let counted = match client {
        Some(client) => limits.count(client).await.map(|(quota, verdict)| (client.policy(), quota, verdict)),
        None => None,
    };
    let refused = counted.and_then(|(_, _, verdict)| verdict.refused);
    let mut response = match (refused, caller) {
        (Some(wait), _) => too_many(wait).into_response(),
        (None, Err(forged)) => forged.into_response(),
        (None, Ok(caller)) => {
            if let Some(caller) = caller {
                parts.extensions.insert(caller);
            }
            next.run(Request::from_parts(parts, body)).await
        }
    };
    if let Some((policy, quota, verdict)) = counted {
        tell(&mut response, policy, quota, verdict);
    }
    response
}

/// Whose token is valid; an error for a forged one.
async fn identify(parts: &Parts, authenticate: &dyn Authenticate) -> Result<Option<Caller>, Problem> {
    let Some(token) = caller::bearer_token(parts) else { return Ok(None) };
    match authenticate.authenticate(token?).await {
        Ok(caller) => Ok(Some(caller)),
        Err(forged @ Unauthenticated::Invalid(_)) => Err(forged.into()),
        Err(_) => Ok(None),
    }
}

fn too_many(wait: Duration) -> Problem {
    let seconds = seconds(wait).max(1);
    let detail = format!("this client asks more often than it may; try again in {seconds} s");
    TOO_MANY_REQUESTS.problem(detail).retry_after(seconds)
}

fn tell(response: &mut Response, policy: &str, quota: Quota, verdict: Verdict) {
    let (burst, window) = (quota.burst, seconds(quota.window()).max(1));
    let (remaining, reset) = (quota.remaining(verdict), seconds(verdict.reset));
    let lines = [
        (RATELIMIT_POLICY, format!("\"{policy}\";q={burst};w={window}")),
        (RATELIMIT, format!("\"{policy}\";r={remaining};t={reset}")),
    ];
    for (name, line) in lines {
        if let Ok(line) = HeaderValue::try_from(line) {
            response.headers_mut().insert(name, line);
        }
    }
}

/// Whole ones, rounded up: who comes back a little late is let in.
fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}
