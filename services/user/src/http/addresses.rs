//! `GET` and `POST /api/v1/users/me/addresses`: where the caller has parcels sent.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use livemart_contracts::ids::AddressId;
use livemart_web::{Address, Body, Caller, Located, Page, PageQuery, Problem, Status, Violations};
use schemars::JsonSchema;
use serde::Serialize;

use super::Accounts;
use crate::error::Error;
use crate::store::addresses::{self, KeptAddress};
use crate::store::users;

/// Of one account: homes, offices, relatives.
pub const MOST_ADDRESSES: i64 = 20;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "KeptAddress")]
pub struct AddressView {
    id: AddressId,
    #[serde(flatten)]
    address: Address,
    created_at: DateTime<Utc>,
}

impl From<KeptAddress> for AddressView {
    fn from(KeptAddress { id, address, created_at }: KeptAddress) -> Self {
        Self { id, address, created_at }
    }
}

pub async fn list(
    State(Accounts { store, .. }): State<Accounts>,
    caller: Caller,
    query: PageQuery,
) -> Result<Json<Page<AddressView>>, Problem> {
    let after: Option<AddressId> = query.cursor()?;
    let kept = addresses::list(store.db(), caller.user_id, after, query.rows_to_read()).await?;
    let views = kept.into_iter().map(AddressView::from).collect();
    Ok(Json(Page::new(&query, views, |address: &AddressView| address.id)))
}

pub async fn add(
    State(Accounts { store, .. }): State<Accounts>,
    caller: Caller,
    Body(address): Body<Address>,
) -> Result<Status<201, Located<Json<AddressView>>>, Error> {
    let mut wrong = Violations::default();
    address.validate("", &mut wrong);
    wrong.check()?;

    let work = store.begin().await?;
    // Locked, so that two at once are counted one after the other.
    users::lock_in(work.tx(), caller.user_id).await?.ok_or(Error::NoSuchUser)?;
    if addresses::count_in(work.tx(), caller.user_id).await? >= MOST_ADDRESSES {
        return Err(Error::TooManyAddresses);
    }
    let kept = KeptAddress { id: work.new_id(), address, created_at: work.now() };
    addresses::insert_in(work.tx(), caller.user_id, &kept).await?;
    work.commit().await?;
    let location = format!("/api/v1/users/me/addresses/{}", kept.id);
    Ok(Status(Located(location, Json(kept.into()))))
}
