//! Who is calling: a verified access token, and what it may do.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use chrono::{DateTime, Utc};
use livemart_contracts::UserId;
use livemart_contracts::ids::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::openapi::{Input, Operation, Schemas};
use crate::{Problem, ProblemKind};

pub const TOKEN_MISSING: ProblemKind = unauthorized("token-missing");
pub const INVALID_TOKEN: ProblemKind = unauthorized("invalid-token");
pub const TOKEN_EXPIRED: ProblemKind = unauthorized("token-expired");
pub const SESSION_ENDED: ProblemKind = unauthorized("session-ended");
pub const SESSION_UNKNOWN: ProblemKind = ProblemKind::unavailable("session-unknown");
pub const FORBIDDEN: ProblemKind = ProblemKind::new(StatusCode::FORBIDDEN, "forbidden", "Forbidden");

const fn unauthorized(code: &'static str) -> ProblemKind {
    ProblemKind::new(StatusCode::UNAUTHORIZED, code, "Unauthorized")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Role {
    Customer,
    Admin,
}

/// A signed-in caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    pub user_id: UserId,
    pub session_id: SessionId,
    pub role: Role,
    /// When the access token ends.
    pub expires_at: DateTime<Utc>,
}

/// A caller of the staff; anybody else is answered 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin(pub Caller);

/// Turns an access token into a caller. The runtime puts one into the extensions of each request.
#[async_trait]
pub trait Authenticate: Send + Sync {
    async fn authenticate(&self, token: &str) -> Result<Caller, Unauthenticated>;
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    #[error("the access token is not valid: {0}")]
    Invalid(String),
    #[error("the access token has expired; refresh it or sign in again")]
    Expired,
    #[error("the session was ended; sign in again")]
    Revoked,
    #[error("it cannot be found out now whether the session is still valid")]
    Unknown,
}

impl From<Unauthenticated> for Problem {
    fn from(error: Unauthenticated) -> Self {
        let kind = match error {
            Unauthenticated::Invalid(_) => INVALID_TOKEN,
            Unauthenticated::Expired => TOKEN_EXPIRED,
            Unauthenticated::Revoked => SESSION_ENDED,
            Unauthenticated::Unknown => return SESSION_UNKNOWN.problem(error.to_string()).retry_after(1),
        };
        challenge(kind, error.to_string())
    }
}

/// An answer of 401 names the scheme that is asked for.
pub fn challenge(kind: ProblemKind, detail: impl Into<String>) -> Problem {
    kind.problem(detail).with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// The token of an `Authorization: Bearer` header; `None` without the header.
pub fn bearer_token(parts: &Parts) -> Option<Result<&str, Problem>> {
    let value = parts.headers.get(header::AUTHORIZATION)?;
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    Some(token.ok_or_else(|| challenge(INVALID_TOKEN, "send the access token as Authorization: Bearer <token>")))
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if let Some(caller) = parts.extensions.get::<Caller>() {
            return Ok(*caller);
        }
        let authenticate = parts.extensions.get::<Arc<dyn Authenticate>>().cloned();
        let authenticate = authenticate.ok_or_else(|| Problem::internal(&"no authenticator on this route"))?;
        let token = bearer_token(parts)
            .unwrap_or_else(|| Err(challenge(TOKEN_MISSING, "this needs a signed-in caller: send an access token")))?;
        let caller = authenticate.authenticate(token).await?;
        parts.extensions.insert(caller);
        Ok(caller)
    }
}

/// The access token of a caller, for whoever has to look at it again later.
pub struct Token(pub String);

impl<S: Sync> FromRequestParts<S> for Token {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Caller::from_request_parts(parts, state).await?;
        Ok(Self(bearer_token(parts).and_then(Result::ok).unwrap_or_default().to_owned()))
    }
}

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        match caller.role {
            Role::Admin => Ok(Self(caller)),
            Role::Customer => Err(FORBIDDEN.problem("this needs the role admin")),
        }
    }
}

impl Input for Caller {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.needs_token();
        operation.may_answer(&[TOKEN_MISSING, INVALID_TOKEN, TOKEN_EXPIRED, SESSION_ENDED, SESSION_UNKNOWN]);
    }
}

impl Input for Token {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        Caller::describe(operation, schemas);
    }
}

impl Input for Admin {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        Caller::describe(operation, schemas);
        operation.note("For the staff.");
        operation.may_answer(&[FORBIDDEN]);
    }
}
