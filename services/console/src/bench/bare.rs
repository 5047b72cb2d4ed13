//! A handler that does nothing but answer, behind the gateway as a service is: what reading can cost at the least.

use std::collections::HashMap;
use std::future::IntoFuture as _;

use anyhow::{Result, anyhow, bail};
use async_nats::service::ServiceExt as _;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use tokio::net::TcpListener;

pub(super) const PATH: &str = "/bare";

/// Serves `body` at [`PATH`] while `meanwhile` runs.
pub(super) async fn serving<T>(
    client: &async_nats::Client,
    body: String,
    meanwhile: impl Future<Output = Result<T>>,
) -> Result<T> {
    let route = format!("/api/v1{PATH}");
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let router = Router::new().route(&route, get(async move || ([(CONTENT_TYPE, "application/json")], body.clone())));
    let metadata = HashMap::from([
        ("address".to_owned(), address),
        ("instance".to_owned(), "bare-1".to_owned()),
        ("routes".to_owned(), route),
    ]);
    let announced = client.service_builder().metadata(metadata).start("bare", env!("CARGO_PKG_VERSION")).await;
    let announced = announced.map_err(|error| anyhow!(error))?;
    let outcome = tokio::select! {
        outcome = meanwhile => outcome,
        served = axum::serve(listener, router).into_future() => bail!("the bare handler ended: {served:?}"),
    };
    announced.stop().await.map_err(|error| anyhow!(error))?;
    outcome
}
