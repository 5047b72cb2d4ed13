//! `POST /api/v1/sessions/refresh`: a refresh token for a new pair of tokens. Each works once.

use axum::extract::State;
use livemart_web::{Body, RequestTrace};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Accounts;
use super::session::{self, Answer};
use crate::domain::RefreshToken;
use crate::domain::session::{End, Renewal};
use crate::error::Error;
use crate::revocation::commit_ends;
use crate::store::{refresh_tokens, sessions, users};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    refresh_token: String,
}

pub async fn handle(
    State(Accounts { store, authority, .. }): State<Accounts>,
    trace: RequestTrace,
    Body(input): Body<Input>,
) -> Result<Answer, Error> {
    let token = RefreshToken::parse(&input.refresh_token).ok_or(Error::InvalidRefreshToken)?;
    let work = store.begin().await?;
    let presented = refresh_tokens::lock_in(work.tx(), &token).await?.ok_or(Error::InvalidRefreshToken)?;
    let (session, now) = (presented.session, work.now());
    match presented.renew(now) {
        Renewal::Granted => {}
        Renewal::Over => return Err(Error::InvalidRefreshToken),
        Renewal::Reused => {
            sessions::end_in(work.tx(), session, End::RefreshTokenReused, now).await?;
            commit_ends(work, trace, &authority, &[session], End::RefreshTokenReused).await?;
            tracing::warn!(session_id = %session, "a refresh token was used twice, its session is ended");
            return Err(Error::RefreshTokenReused);
        }
    }
    let account = users::find_by_id(work.tx(), presented.user).await?.ok_or(Error::InvalidRefreshToken)?;
    refresh_tokens::use_in(work.tx(), &token, now).await?;
    sessions::renewed_in(work.tx(), session, now).await?;
    let answer = session::issue_in(work.tx(), &authority, &account.user, session, now).await?;
    work.commit().await?;
    Ok(answer)
}
