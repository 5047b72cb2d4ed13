//! `POST /webhook-endpoints`: events are sent to one more address from now on. The answer has the secret that their
//! signatures are checked with, this once.

use axum::Json;
use axum::extract::State;
use livemart_web::{Admin, Body, Located, Status};

use super::Desk;
use super::endpoint_view::{WithSecret, new_secret};
use crate::domain::endpoint::Wish;
use crate::error::Error;
use crate::store::endpoints;

/// Every event is compared with each of them.
const ENDPOINTS: i64 = 100;

pub async fn handle(
    State(desk): State<Desk>,
    _: Admin,
    Body(wish): Body<Wish>,
) -> Result<Status<201, Located<Json<WithSecret>>>, Error> {
    let new = wish.check(desk.config.private_webhooks)?;
    let secret = new_secret()?;
    let work = desk.store.begin().await?;
    let id = work.new_id();
    let made = endpoints::insert_in(work.tx(), id, &new, &secret, ENDPOINTS, work.now()).await?;
    let made = made.ok_or(Error::TooManyEndpoints(ENDPOINTS))?;
    work.commit().await?;
    let location = format!("/api/v1/webhook-endpoints/{id}");
    Ok(Status(Located(location, Json(WithSecret::new(made, &secret)))))
}
