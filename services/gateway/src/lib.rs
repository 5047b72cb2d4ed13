//! The one public port: finds the services, balances over their replicas, refuses bad tokens.
//!
//! The gateway knows no service by name. It asks over NATS who is there ([`discovery`]), keeps what was answered
//! ([`registry`]: replicas, and the path prefixes that they announce), and hands each request to the replica of the
//! longest announced prefix that has the least to do ([`forward`]). Without NATS it works on with those it knows.
//!
//! Forwarding is written on hyper's client rather than on a proxy library: `axum-reverse-proxy` 2.4 turns every failure
//! into text, so that a body that was too large, a client that left and a replica that broke could not be told apart,
//! and it consumes a streamed body before it is known whether anybody was there to read it.

pub mod config;
pub mod discovery;
pub mod forward;
pub mod http;
pub mod registry;
pub mod replica;
pub mod upstream;

use livemart_runtime::{Edge, Grant, Service};

use config::Config;
use forward::Forwarder;
use registry::Registry;

pub fn service(config: Config) -> Service {
    Service::stateless("gateway")
        .fronts(move |edge: &Edge| {
            let registry = Registry::default();
            edge.spawn("discovery", discovery::run(edge.nats.client().clone(), registry.clone(), edge.stop()));
            http::router(Forwarder::new(registry, config.public_scheme), edge.clock)
        })
        .granted(Grant::Discover)
}
