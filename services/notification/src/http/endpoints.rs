//! `GET /webhook-endpoints`, `GET`, `DELETE` and `POST …/enable` of one.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use livemart_contracts::ids::{WebhookEndpoint, WebhookEndpointId};
use livemart_web::{Admin, Page, PageQuery, PathId};

use super::Desk;
use super::endpoint_view::EndpointView;
use crate::error::Error;
use crate::store::endpoints;

const NO_SUCH: Error = Error::NoSuch("webhook endpoint");

pub async fn list(State(desk): State<Desk>, _: Admin, query: PageQuery) -> Result<Json<Page<EndpointView>>, Error> {
    let after: Option<WebhookEndpointId> = query.cursor()?;
    let found = endpoints::list(desk.store.db(), after, query.rows_to_read()).await?;
    let views = found.into_iter().map(EndpointView::from).collect();
    Ok(Json(Page::new(&query, views, |endpoint: &EndpointView| endpoint.id)))
}

pub async fn show(
    State(desk): State<Desk>,
    _: Admin,
    PathId(id): PathId<WebhookEndpoint>,
) -> Result<Json<EndpointView>, Error> {
    let endpoint = endpoints::find(desk.store.db(), id).await?.ok_or(NO_SUCH)?;
    Ok(Json(endpoint.into()))
}

/// What was still to be sent to it is not sent.
pub async fn delete(
    State(desk): State<Desk>,
    _: Admin,
    PathId(id): PathId<WebhookEndpoint>,
) -> Result<NoContent, Error> {
    let work = desk.store.begin().await?;
    if !endpoints::delete_in(work.tx(), id).await? {
        return Err(NO_SUCH);
    }
    work.commit().await?;
    Ok(NoContent)
}

/// What happened while it was disabled is not sent later; what had been tried can be sent again.
pub async fn enable(
    State(desk): State<Desk>,
    _: Admin,
    PathId(id): PathId<WebhookEndpoint>,
) -> Result<Json<EndpointView>, Error> {
    let work = desk.store.begin().await?;
    let endpoint = endpoints::enable_in(work.tx(), id).await?.ok_or(NO_SUCH)?;
    work.commit().await?;
    Ok(Json(endpoint.into()))
}
