//! `PATCH /api/v1/users/{id}`: role and blocking, by staff. Either ends the account's sessions, so that no token keeps
//! what was taken away.

use axum::Json;
use axum::extract::State;
use livemart_contracts::ids;
use livemart_web::{Admin, Body, PathId, RequestTrace, Role};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Accounts;
use super::view::UserView;
use crate::domain::Transition;
use crate::domain::session::End;
use crate::domain::user::OwnAccount;
use crate::error::Error;
use crate::revocation::commit_ends;
use crate::store::{sessions, users};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    role: Option<Role>,
    blocked: Option<bool>,
}

pub async fn handle(
    State(Accounts { store, authority, .. }): State<Accounts>,
    Admin(caller): Admin,
    PathId(id): PathId<ids::User>,
    trace: RequestTrace,
    Body(input): Body<Input>,
) -> Result<Json<UserView>, Error> {
    let work = store.begin().await?;
    let now = work.now();
    let mut user = users::lock_in(work.tx(), id).await?.ok_or(Error::NoSuchUser)?.user;
    let changed =
        user.govern(caller.user_id, input.role, input.blocked, now).map_err(|OwnAccount| Error::OwnAccount)?;
    if changed == Transition::Changed {
        users::update_in(work.tx(), &user).await?;
        let why = if user.blocked { End::Blocked } else { End::RoleChanged };
        let ended = sessions::end_all_in(work.tx(), id, None, why, now).await?;
        commit_ends(work, trace, &authority, &ended, why).await?;
    }
    Ok(Json(user.into()))
}
