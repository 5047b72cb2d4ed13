//! Discovery, the answering side: every replica answers `$SRV.PING|INFO|STATS` of the NATS services API with its address,
//! so that `nats service ls` is the registry and nothing in it can be stale.

use std::collections::HashMap;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::Arc;

use anyhow::anyhow;
use async_nats::service::ServiceExt;
use serde_json::json;

use crate::config::Common;
use crate::live::Configuration;
use crate::nats::Nats;
use crate::service::Service;

/// Starts answering; ends when the answer is dropped.
pub(crate) async fn announce(
    nats: &Nats,
    service: &Service,
    common: &Common,
    configuration: &Arc<Configuration>,
    http: SocketAddr,
    admin: SocketAddr,
) -> anyhow::Result<async_nats::service::Service> {
    let url = |address| url(common.advertise_host.as_deref(), address);
    let told = Arc::clone(configuration);
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
        // `$SRV.STATS` tells with each endpoint which configuration this replica runs with.
        .stats_handler(move |_, _| json!({ "revision": told.revision(), "refused": told.refused() }))
        .start(service.name, env!("CARGO_PKG_VERSION"))
        .await
        .map_err(|error| anyhow!("discovery cannot be answered: {error}"))
}

/// Where `address` is reached under `host`, which may be an address itself.
fn url(host: Option<&str>, address: SocketAddr) -> String {
    match host {
        Some(host) if host.parse::<Ipv6Addr>().is_ok() => format!("http://[{host}]:{}", address.port()),
        Some(host) => format!("http://{host}:{}", address.port()),
        None => format!("http://{address}"),
    }
}

pub(crate) fn instance(service: &str, common: &Common) -> String {
    common.instance.clone().unwrap_or_else(|| match std::process::id() {
        // In a container everybody is the first process; the host's name is the container's.
        1 => format!("{service}-{}", rustix::system::uname().nodename().to_string_lossy()),
        pid => format!("{service}-{pid}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_ipv6_stands_in_brackets() {
        let listens: SocketAddr = "[::]:8080".parse().expect("an address");
        for (host, reached) in [
            (Some("fd00::7"), "http://[fd00::7]:8080"),
            (Some("[fd00::7]"), "http://[fd00::7]:8080"),
            (Some("10.0.0.7"), "http://10.0.0.7:8080"),
            (Some("order"), "http://order:8080"),
            (None, "http://[::]:8080"),
        ] {
            assert_eq!(url(host, listens), reached);
        }
    }
}
