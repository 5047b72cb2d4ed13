//! A running process of a service, as it describes itself to the NATS services API.

use std::collections::BTreeMap;

use axum::http::Uri;
use axum::http::uri::{Authority, Scheme};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// Made anew at each start.
    pub id: String,
    pub service: String,
    /// Its name in logs; stays the same over a restart.
    pub instance: String,
    pub version: String,
    pub pid: Option<u32>,
    /// Where it answers, over plain HTTP.
    pub authority: Authority,
    /// The path prefixes that it answers, without a slash at the end.
    pub routes: Vec<String>,
    pub durables: Vec<String>,
}

/// An answer to `$SRV.INFO`, as far as it matters here.
#[derive(Deserialize)]
struct Info {
    id: String,
    name: String,
    version: String,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// The central configuration, as a replica runs with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RunningConfiguration")]
pub struct Runs {
    /// Of the newest change that it took.
    pub revision: u64,
    /// Values in the bucket that it does not take.
    pub refused: u64,
}

/// An answer to `$SRV.STATS`, as far as it matters here.
#[derive(Deserialize)]
struct Stats {
    id: String,
    endpoints: Vec<Endpoint>,
}

#[derive(Deserialize)]
struct Endpoint {
    data: Option<Runs>,
}

impl Runs {
    /// Reads an answer to `$SRV.STATS`: whose it is, and what it says. `None` where it is another answer.
    pub fn read(answer: &[u8]) -> Option<(String, Self)> {
        let Stats { id, endpoints } = serde_json::from_slice(answer).ok()?;
        Some((id, endpoints.into_iter().find_map(|endpoint| endpoint.data)?))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum NoReplica {
    #[error("it is not an answer of the services API: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Other services may live on the same NATS: they are not ours to route to.
    #[error("{name} announces no http address")]
    NoAddress { name: String },
}

impl Replica {
    /// Reads an answer to `$SRV.INFO`.
    pub fn read(answer: &[u8]) -> Result<Self, NoReplica> {
        let Info { id, name, version, mut metadata } = serde_json::from_slice(answer)?;
        let mut take = |key: &str| metadata.remove(key).unwrap_or_default();
        let Some(authority) = authority(&take("address")) else { return Err(NoReplica::NoAddress { name }) };
        let mut routes = listed(&take("routes"));
        routes.retain_mut(|route| {
            route.truncate(route.trim_end_matches('/').len());
            route.starts_with('/')
        });
        Ok(Self {
            id,
            instance: take("instance"),
            pid: take("pid").parse().ok(),
            routes,
            durables: listed(&take("durables")),
            authority,
            service: name,
            version,
        })
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.authority)
    }
}

fn authority(address: &str) -> Option<Authority> {
    let address: Uri = address.parse().ok()?;
    (address.scheme() == Some(&Scheme::HTTP)).then(|| address.authority().cloned()).flatten()
}

fn listed(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_the_services_api_names_address_and_routes() {
        let answer = br#"{"type":"io.nats.micro.v1.info_response","name":"order","id":"XY1","version":"0.1.0",
            "description":"","endpoints":[],"metadata":{"address":"http://127.0.0.1:41234","pid":"123",
            "instance":"order-1","routes":"/api/v1/orders, /api/v1/cart/,","durables":""}}"#;
        let replica = Replica::read(answer).expect("a replica");
        assert_eq!(replica.address(), "http://127.0.0.1:41234");
        assert_eq!(replica.routes, ["/api/v1/orders", "/api/v1/cart"]);
        assert_eq!((replica.pid, replica.durables.len()), (Some(123), 0));
    }

    #[test]
    fn statistics_say_which_configuration_a_replica_runs_with() {
        let answer = br#"{"type":"io.nats.micro.v1.stats_response","name":"order","id":"XY1","version":"0.1.0",
            "started":"2026-11-25T08:00:00Z","endpoints":[{"name":"config-report","subject":"config.report.order",
            "num_requests":0,"num_errors":0,"data":{"revision":12,"refused":1}}]}"#;
        assert_eq!(Runs::read(answer), Some(("XY1".to_owned(), Runs { revision: 12, refused: 1 })));
        let info = br#"{"id":"XY1","name":"order","version":"0.1.0","endpoints":[{"name":"a","subject":"b"}]}"#;
        assert_eq!(Runs::read(info), None);
    }

    #[test]
    fn who_has_no_http_address_is_no_replica() {
        for address in ["", "127.0.0.1", "/orders", "https://127.0.0.1:1"] {
            let answer =
                format!(r#"{{"name":"other","id":"1","version":"1.0.0","metadata":{{"address":"{address}"}}}}"#);
            assert!(matches!(Replica::read(answer.as_bytes()), Err(NoReplica::NoAddress { .. })), "{address}");
        }
        assert!(matches!(Replica::read(b""), Err(NoReplica::Malformed(_))));
    }
}
