//! `DELETE /api/v1/users/me`: the caller's account, forgotten. Orders keep their amounts and an id that names nobody; others
//! forget what they know when they hear `user.erased`.

use axum::extract::State;
use axum::response::NoContent;
use livemart_contracts::events::UserErased;
use livemart_web::{Caller, RequestTrace};

use super::Accounts;
use crate::domain::session::End;
use crate::error::Error;
use crate::forgetting::{Erasure, ForgetMessages};
use crate::revocation::commit_ends;
use crate::store::{announced, sessions, users};

pub async fn handle(
    State(Accounts { store, authority, .. }): State<Accounts>,
    caller: Caller,
    trace: RequestTrace,
) -> Result<NoContent, Error> {
    let mut work = store.begin().await?;
    let account = users::lock_in(work.tx(), caller.user_id).await?.ok_or(Error::NoSuchUser)?;
    let ended = sessions::end_all_in(work.tx(), caller.user_id, None, End::Erased, work.now()).await?;
    users::delete_in(work.tx(), caller.user_id).await?;
    announced::blank_in(work.tx(), caller.user_id).await?;
    work.ask::<ForgetMessages>(trace, caller.user_id.to_string(), &Erasure { user_id: caller.user_id });
    work.emit(trace, &UserErased::from(&account.user));
    commit_ends(work, trace, &authority, &ended, End::Erased).await?;
    Ok(NoContent)
}
