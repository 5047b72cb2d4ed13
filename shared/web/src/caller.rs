//! Who is calling: a verified access token, and what it may do.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use chrono::{DateTime, Utc};
use livemart_contracts::UserId;
use livemart_contracts::ids::SessionId;
use serde::{Deserialize, Serialize};

use crate::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
        match error {
            Unauthenticated::Invalid(_) => unauthorized("invalid-token", error.to_string()),
            Unauthenticated::Expired => unauthorized("token-expired", error.to_string()),
            Unauthenticated::Revoked => unauthorized("session-ended", error.to_string()),
            Unauthenticated::Unknown => Problem::unavailable("session-unknown", error.to_string(), 1),
        }
    }
}

fn unauthorized(code: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, "Unauthorized", detail)
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// The token of an `Authorization: Bearer` header; `None` without the header.
pub fn bearer_token(parts: &Parts) -> Option<Result<&str, Problem>> {
    let value = parts.headers.get(header::AUTHORIZATION)?;
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    Some(token.ok_or_else(|| unauthorized("invalid-token", "send the access token as Authorization: Bearer <token>")))
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if let Some(caller) = parts.extensions.get::<Caller>() {
            return Ok(*caller);
        }
        let authenticate = parts.extensions.get::<Arc<dyn Authenticate>>().cloned();
        let authenticate = authenticate.ok_or_else(|| Problem::internal(&"no authenticator on this route"))?;
        let token = bearer_token(parts).unwrap_or_else(|| {
            Err(unauthorized("token-missing", "this needs a signed-in caller: send an access token"))
        })?;
        let caller = authenticate.authenticate(token).await?;
        parts.extensions.insert(caller);
        Ok(caller)
    }
}

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        match caller.role {
            Role::Admin => Ok(Self(caller)),
            Role::Customer => {
                Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", "Forbidden", "this needs the role admin"))
            }
        }
    }
}
