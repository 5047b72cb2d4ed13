//! What can go wrong with a request, and how a client sees it: the one place with codes.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use livemart_web::{Problem, ProblemKind, Violations};
use sea_orm::DbErr;

use crate::domain::adjustment::Refused;

pub const BELOW_RESERVED: ProblemKind =
    ProblemKind::new(StatusCode::CONFLICT, "stock-below-reserved", "Stock below reserved");
pub const TOO_LARGE: ProblemKind = ProblemKind::new(StatusCode::CONFLICT, "stock-too-large", "Stock too large");

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no stock of this product")]
    UnknownProduct,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the request is not valid")]
    Invalid(Violations),
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

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::UnknownProduct => Self::not_found("product"),
            Error::Refused(refused) => {
                let kind = match refused {
                    Refused::BelowReserved { .. } => BELOW_RESERVED,
                    Refused::TooMuch { .. } => TOO_LARGE,
                };
                kind.problem(refused.to_string())
            }
            Error::Invalid(violations) => violations.into(),
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
