//! Why a request has no answer of a service, and what the client is told.

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use livemart_web::body::{BODY_TOO_LARGE, MALFORMED_BODY};
use livemart_web::request::UNKNOWN_PATH;
use livemart_web::{Problem, ProblemKind};

use super::body::BODY_LIMIT;

pub const NO_REPLICA: ProblemKind = ProblemKind::unavailable("service-unavailable");
pub const LEFT_ALONE: ProblemKind = ProblemKind::unavailable("circuit-open");
pub const BROKEN: ProblemKind = ProblemKind::new(StatusCode::BAD_GATEWAY, "upstream-failed", "Bad gateway");
pub const TIMED_OUT: ProblemKind =
    ProblemKind::new(StatusCode::GATEWAY_TIMEOUT, "upstream-timed-out", "Gateway timeout");
pub const BODY_TIMED_OUT: ProblemKind =
    ProblemKind::new(StatusCode::REQUEST_TIMEOUT, "body-timed-out", "Request timeout");

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
    #[error("the rest of the body did not come in time")]
    BodyTimedOut,
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let detail = failure.to_string();
        match failure {
            Failure::UnknownPath(_) => UNKNOWN_PATH.problem(detail),
            Failure::NoReplica => NO_REPLICA.problem(detail).retry_after(RETRY_AFTER_SECONDS),
            Failure::Broken { .. } => BROKEN.problem(detail),
            Failure::TimedOut { .. } => TIMED_OUT.problem(detail),
            Failure::LeftAlone { seconds, .. } => LEFT_ALONE.problem(detail).retry_after(seconds),
            Failure::BodyTooLarge => BODY_TOO_LARGE.problem(detail),
            Failure::BodyIncomplete => MALFORMED_BODY.problem(detail),
            Failure::BodyTimedOut => BODY_TIMED_OUT.problem(detail),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
