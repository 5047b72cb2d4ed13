//! The one public port: finds the services, balances over their replicas, refuses bad tokens.
//!
//! The gateway knows no service by name. It asks over NATS who is there ([`discovery`]), keeps what was answered
//! ([`registry`]: replicas, and the path prefixes that they announce), and hands each request to the replica of the
//! longest announced prefix that has the least to do ([`forward`]). Without NATS it works on with those it knows.
//!
//! Before that it asks who calls ([`client`]) and whether they may once more ([`limits`]); a service that keeps failing is left
//! alone for a while ([`circuit`]). [`mod@http`] puts these around the routes.
//!
//! What all of them answer together is one document ([`contract`]), which it serves with a page to try it.
//!
//! Forwarding is written on hyper's client rather than on a proxy library: `axum-reverse-proxy` 2.4 turns every failure
//! into text, so that a body that was too large, a client that left and a replica that broke could not be told apart,
//! and it consumes a streamed body before it is known whether anybody was there to read it.

pub mod circuit;
pub mod client;
pub mod config;
pub mod contract;
pub mod discovery;
pub mod forward;
pub mod http;
pub mod limits;
pub mod metrics;
pub mod registry;
pub mod replica;
pub mod upstream;

use anyhow::Context as _;
use livemart_runtime::{Edge, Grant, Service};

use config::Config;
use forward::Forwarder;
use limits::{Limits, PATIENCE};
use registry::Registry;

pub fn service(config: Config) -> Service {
    Service::stateless("gateway")
        .live(&config.live)
        .fronts(http::contract(), move |edge: &Edge| {
            let Config { public_scheme, redis_urls, live } = config;
            let limits =
                Limits::new(live.clone(), &redis_urls, PATIENCE).context("LIVEMART_REDIS_URLS cannot be used")?;
            let registry = Registry::default();
            edge.spawn("discovery", discovery::run(edge.nats.client().clone(), registry.clone(), edge.stop()));
            let forwarder = Forwarder::new(registry, live.clone(), public_scheme, edge.closing());
            Ok(http::router(forwarder, limits, live, public_scheme, edge.clock))
        })
        .granted(Grant::Discover)
}
