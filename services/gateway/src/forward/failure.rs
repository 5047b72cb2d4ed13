//! Why a request has no answer of a service, and what the client is told.

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use livemart_web::Problem;

use super::body::BODY_LIMIT;

/// A replica that restarts is found again within about this time.
const RETRY_AFTER_SECONDS: u32 = 1;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("nothing answers at {}", .0.path())]
    UnknownPath(Uri),
    #[error("nobody who answers this path can be reached now; try again")]
    NoReplica,
    #[error("the service {service} broke off before it answered; it is not known whether the request took effect")]
    Broken { service: String },
    #[error("the service {service} did not answer in time; it is not known whether the request took effect")]
    TimedOut { service: String },
    #[error("the service {service} kept failing and is left alone for a moment")]
    LeftAlone { service: String, seconds: u32 },
    #[error("the body is larger than {BODY_LIMIT} bytes")]
    BodyTooLarge,
    #[error("the body ended before it was complete")]
    BodyIncomplete,
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let detail = failure.to_string();
        match failure {
            Failure::UnknownPath(_) => Self::new(StatusCode::NOT_FOUND, "unknown-path", "Unknown path", detail),
            Failure::NoReplica => Self::unavailable("service-unavailable", detail, RETRY_AFTER_SECONDS),
            Failure::Broken { .. } => Self::new(StatusCode::BAD_GATEWAY, "upstream-failed", "Bad gateway", detail),
            Failure::TimedOut { .. } => {
                Self::new(StatusCode::GATEWAY_TIMEOUT, "upstream-timed-out", "Gateway timeout", detail)
            }
            Failure::LeftAlone { seconds, .. } => Self::unavailable("circuit-open", detail, seconds),
            Failure::BodyTooLarge => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "Body too large", detail)
            }
            Failure::BodyIncomplete => Self::new(StatusCode::BAD_REQUEST, "malformed-body", "Malformed body", detail),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
