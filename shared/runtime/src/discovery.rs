//! Discovery, the answering side: every replica answers `$SRV.PING|INFO|STATS` of the NATS services API with its address,
//! so that `nats service ls` is the registry and nothing in it can be stale.

use std::collections::HashMap;
use std::net::SocketAddr;

use anyhow::anyhow;
use async_nats::service::ServiceExt;

use crate::config::Common;
use crate::nats::Nats;
use crate::service::Service;

/// Starts answering; ends when the answer is dropped.
pub(crate) async fn announce(
    nats: &Nats,
    service: &Service,
    common: &Common,
    http: SocketAddr,
    admin: SocketAddr,
) -> anyhow::Result<async_nats::service::Service> {
    let url = |address: SocketAddr| match &common.advertise_host {
        Some(host) => format!("http://{host}:{}", address.port()),
        None => format!("http://{address}"),
    };
    let durables: Vec<&str> = service.subscriptions.iter().map(|subscription| subscription.durable).collect();
    let metadata = HashMap::from([
        ("address".to_owned(), url(http)),
        ("admin".to_owned(), url(admin)),
        ("instance".to_owned(), instance(service.name, common)),
        ("pid".to_owned(), std::process::id().to_string()),
        ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ("routes".to_owned(), service.prefixes.join(",")),
        ("durables".to_owned(), durables.join(",")),
    ]);
    nats.client()
        .service_builder()
        .description(format!("LiveMart's {} service", service.name))
        .metadata(metadata)
        .start(service.name, env!("CARGO_PKG_VERSION"))
        .await
        .map_err(|error| anyhow!("discovery cannot be answered: {error}"))
}

pub(crate) fn instance(service: &str, common: &Common) -> String {
    common.instance.clone().unwrap_or_else(|| format!("{service}-{}", std::process::id()))
}
