//! What can be wrong with a request to this service, and how a client sees it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use livemart_web::{Problem, ProblemKind, Violations};
use sea_orm::DbErr;

use crate::feed::Full;

pub const TOO_MANY_STREAMS: ProblemKind = ProblemKind::unavailable("too-many-streams");
pub const TOO_MANY_OF_ONE: ProblemKind =
    ProblemKind::new(StatusCode::TOO_MANY_REQUESTS, "too-many-streams-of-one", "Too many streams");
pub const ALREADY_WAITING: ProblemKind = conflict("already-waiting", "Already waiting");
pub const NO_MAIL_SERVER: ProblemKind = conflict("no-mail-server", "No mail server");
pub const ENDPOINT_DISABLED: ProblemKind = conflict("endpoint-disabled", "Endpoint disabled");
pub const TOO_MANY_ENDPOINTS: ProblemKind = conflict("too-many-endpoints", "Too many endpoints");

const fn conflict(code: &'static str, title: &'static str) -> ProblemKind {
    ProblemKind::new(StatusCode::CONFLICT, code, title)
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such {0}")]
    NoSuch(&'static str),
    #[error("the request is not valid")]
    Invalid(Violations),
    #[error(transparent)]
    Full(#[from] Full),
    #[error("it is waiting to be sent already")]
    Waiting,
    #[error("no mail server is configured")]
    NoMailServer,
    #[error("the endpoint is disabled; enable it first")]
    EndpointDisabled,
    #[error("at most {0} endpoints can be kept; delete one")]
    TooManyEndpoints(i64),
    #[error("the system has no randomness: {0}")]
    NoRandomness(getrandom::Error),
    #[error("the request is answered by a problem already: {}", .0.code())]
    Answered(Problem),
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Answered(problem)
    }
}

/// What a stream that finds no room may be worth waiting for.
const ROOM_SECONDS: u32 = 5;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::NoSuch(what) => Self::not_found(what),
            Error::Invalid(violations) => violations.into(),
            Error::Full(Full::Replica) => TOO_MANY_STREAMS.problem(text).retry_after(ROOM_SECONDS),
            Error::Full(Full::Caller) => TOO_MANY_OF_ONE.problem(text).retry_after(ROOM_SECONDS),
            Error::Waiting => ALREADY_WAITING.problem(text),
            Error::NoMailServer => NO_MAIL_SERVER.problem(text),
            Error::EndpointDisabled => ENDPOINT_DISABLED.problem(text),
            Error::TooManyEndpoints(_) => TOO_MANY_ENDPOINTS.problem(text),
            Error::NoRandomness(_) => Self::internal(&text),
            Error::Answered(problem) => problem,
            Error::Database(error) => Self::database(&error),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
