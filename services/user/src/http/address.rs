//! `GET` and `DELETE /api/v1/users/me/addresses/{id}`.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use livemart_contracts::ids::Address;
use livemart_web::{Caller, PathId};

use super::Accounts;
use super::addresses::AddressView;
use crate::error::Error;
use crate::store::addresses;

pub async fn show(
    State(Accounts { store, .. }): State<Accounts>,
    caller: Caller,
    PathId(id): PathId<Address>,
) -> Result<Json<AddressView>, Error> {
    let kept = addresses::find(store.db(), caller.user_id, id).await?;
    kept.map(|kept| Json(kept.into())).ok_or(Error::NoSuchAddress)
}

pub async fn remove(
    State(Accounts { store, .. }): State<Accounts>,
    caller: Caller,
    PathId(id): PathId<Address>,
) -> Result<NoContent, Error> {
    let work = store.begin().await?;
    if !addresses::delete_in(work.tx(), caller.user_id, id).await? {
        return Err(Error::NoSuchAddress);
    }
    work.commit().await?;
    Ok(NoContent)
}
