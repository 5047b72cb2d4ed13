//! A pair of tokens, as sign-in and renewal answer it.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, header};
use chrono::{DateTime, Utc};
use livemart_contracts::ids::SessionId;
use livemart_runtime::identity::ACCESS_TOKEN_LIFE;
use schemars::JsonSchema;
use sea_orm::ConnectionTrait;
use serde::Serialize;

use crate::authority::Authority;
use crate::domain::refresh_token::REFRESH_TOKEN_LIFE;
use crate::domain::{RefreshToken, User};
use crate::error::Error;
use crate::store::refresh_tokens;

#[derive(Serialize, JsonSchema)]
pub struct Tokens {
    access_token: String,
    token_type: &'static str,
    /// Of the access token, in seconds.
    expires_in: i64,
    refresh_token: String,
}

/// The tokens, with the header that keeps them out of every cache.
pub type Answer = ([(HeaderName, HeaderValue); 1], Json<Tokens>);

/// New tokens for `session` of `user`. The refresh token is stored with the transaction.
pub async fn issue_in(
    tx: &impl ConnectionTrait,
    authority: &Authority,
    user: &User,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<Answer, Error> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| Error::Internal(format!("the system has no randomness: {error}")))?;
    let refresh_token = RefreshToken::new(random);
    refresh_tokens::insert_in(tx, &refresh_token, session, now + REFRESH_TOKEN_LIFE).await?;
    let tokens = Tokens {
        access_token: authority.access_token(user, session)?,
        token_type: "Bearer",
        expires_in: ACCESS_TOKEN_LIFE.num_seconds(),
        refresh_token: refresh_token.reveal(),
    };
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(tokens)))
}
