//! `GET /api/v1/users/me`: the caller's account.

use axum::Json;
use axum::extract::State;
use livemart_web::Caller;

use super::Accounts;
use super::view::UserView;
use crate::error::Error;
use crate::store::users;

pub async fn handle(State(Accounts { store, .. }): State<Accounts>, caller: Caller) -> Result<Json<UserView>, Error> {
    let account = users::find_by_id(store.db(), caller.user_id).await?.ok_or(Error::NoSuchUser)?;
    Ok(Json(account.user.into()))
}
