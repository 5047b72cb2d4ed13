//! `DELETE /api/v1/sessions`: the end of the caller's session.

use axum::extract::State;
use axum::response::NoContent;
use livemart_web::{Caller, RequestTrace};

use super::Accounts;
use crate::domain::session::End;
use crate::error::Error;
use crate::revocation::commit_ends;
use crate::store::sessions;

pub async fn handle(
    State(Accounts { store, authority, .. }): State<Accounts>,
    caller: Caller,
    trace: RequestTrace,
) -> Result<NoContent, Error> {
    let work = store.begin().await?;
    sessions::end_in(work.tx(), caller.session_id, End::SignedOut, work.now()).await?;
    commit_ends(work, trace, &authority, &[caller.session_id], End::SignedOut).await?;
    Ok(NoContent)
}
