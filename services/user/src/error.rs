//! Why the service refuses, and how each refusal looks to a client.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use livemart_web::caller::challenge;
use livemart_web::{Problem, ProblemKind, Violations};
use sea_orm::{DbErr, SqlErr};

use crate::http::MOST_ADDRESSES;

pub const EMAIL_TAKEN: ProblemKind = conflict("email-taken", "E-mail address taken");
pub const INVALID_CREDENTIALS: ProblemKind = unauthorized("invalid-credentials");
pub const INVALID_REFRESH_TOKEN: ProblemKind = unauthorized("invalid-refresh-token");
pub const REFRESH_TOKEN_REUSED: ProblemKind = unauthorized("refresh-token-reused");
pub const ACCOUNT_BLOCKED: ProblemKind = ProblemKind::new(StatusCode::FORBIDDEN, "account-blocked", "Account blocked");
pub const TOO_MANY_ATTEMPTS: ProblemKind =
    ProblemKind::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", "Too many attempts");
pub const TOO_MANY_ADDRESSES: ProblemKind = conflict("too-many-addresses", "Too many addresses");
pub const OWN_ACCOUNT: ProblemKind = conflict("own-account", "Own account");
pub const BUSY: ProblemKind = ProblemKind::unavailable("busy");

const fn conflict(code: &'static str, title: &'static str) -> ProblemKind {
    ProblemKind::new(StatusCode::CONFLICT, code, title)
}

const fn unauthorized(code: &'static str) -> ProblemKind {
    ProblemKind::new(StatusCode::UNAUTHORIZED, code, "Unauthorized")
}

/// The constraint that keeps an address to one account.
const EMAIL_UNIQUE: &str = "users_email_unique";
/// By then, those who wait have had their turn.
const BUSY_RETRY_SECONDS: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("an account with this address exists; sign in, or take another address")]
    EmailTaken,
    #[error("address or password are wrong")]
    InvalidCredentials,
    #[error("this account is blocked; ask the shop's staff")]
    Blocked,
    #[error("too many attempts to sign in to this account; wait before the next one")]
    TooManyAttempts { retry_after: TimeDelta },
    #[error("the refresh token is unknown, has expired, or its session has ended; sign in again")]
    InvalidRefreshToken,
    #[error("the refresh token was used before, so somebody may have stolen it; the session is ended, sign in again")]
    RefreshTokenReused,
    #[error("to change the address or the password, send the current password in current_password")]
    CurrentPasswordNeeded,
    #[error("current_password is not the password of this account")]
    WrongPassword,
    #[error("there is no such user")]
    NoSuchUser,
    #[error("there is no such address")]
    NoSuchAddress,
    #[error("an account has at most {MOST_ADDRESSES} addresses; delete one first")]
    TooManyAddresses,
    #[error("you cannot change your own role or block yourself; ask another administrator")]
    OwnAccount,
    #[error("too many people are signing in at once")]
    Busy,
    #[error("the request breaks rules")]
    Invalid(Violations),
    #[error(transparent)]
    Database(DbErr),
    #[error("{0}")]
    Internal(String),
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(message)) if message.contains(EMAIL_UNIQUE) => Self::EmailTaken,
            _ => Self::Database(error),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::EmailTaken => EMAIL_TAKEN.problem(detail),
            Error::InvalidCredentials => challenge(INVALID_CREDENTIALS, detail),
            Error::InvalidRefreshToken => challenge(INVALID_REFRESH_TOKEN, detail),
            Error::RefreshTokenReused => challenge(REFRESH_TOKEN_REUSED, detail),
            Error::Blocked => ACCOUNT_BLOCKED.problem(detail),
            Error::TooManyAttempts { retry_after } => {
                let seconds = u32::try_from(retry_after.num_seconds() + 1).unwrap_or(1);
                TOO_MANY_ATTEMPTS.problem(detail).retry_after(seconds)
            }
            Error::CurrentPasswordNeeded => field("/current_password", "required", detail),
            Error::WrongPassword => field("/current_password", "wrong", detail),
            Error::NoSuchUser => Problem::not_found("user"),
            Error::NoSuchAddress => Problem::not_found("address"),
            Error::TooManyAddresses => TOO_MANY_ADDRESSES.problem(detail),
            Error::OwnAccount => OWN_ACCOUNT.problem(detail),
            Error::Busy => BUSY.problem(detail).retry_after(BUSY_RETRY_SECONDS),
            Error::Invalid(violations) => violations.into(),
            Error::Database(error) => Problem::database(&error),
            Error::Internal(error) => Problem::internal(&error),
        }
    }
}

fn field(pointer: &str, code: &'static str, detail: String) -> Problem {
    let mut wrong = Violations::default();
    wrong.require(false, pointer, code, detail);
    wrong.into()
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
