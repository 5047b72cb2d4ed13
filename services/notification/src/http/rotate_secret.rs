//! `POST /webhook-endpoints/{id}/rotate-secret`: a new secret, shown this once. For a day everything is signed with the
//! one before as well.

use axum::Json;
use axum::extract::State;
use chrono::TimeDelta;
use livemart_contracts::ids::WebhookEndpoint;
use livemart_web::{Admin, PathId};

use super::Desk;
use super::endpoint_view::{WithSecret, new_secret};
use crate::error::Error;
use crate::store::endpoints;

/// Enough for whoever checks signatures to learn the new secret in working hours.
const BOTH_SIGN: TimeDelta = TimeDelta::hours(24);

pub async fn handle(
    State(desk): State<Desk>,
    _: Admin,
    PathId(id): PathId<WebhookEndpoint>,
) -> Result<Json<WithSecret>, Error> {
    let secret = new_secret()?;
    let work = desk.store.begin().await?;
    let endpoint = endpoints::rotate_in(work.tx(), id, &secret, work.now() + BOTH_SIGN).await?;
    let endpoint = endpoint.ok_or(Error::NoSuch("webhook endpoint"))?;
    work.commit().await?;
    Ok(Json(WithSecret::new(endpoint, &secret)))
}
