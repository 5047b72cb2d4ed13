//! Which ports a local shop listens on.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use tokio::net::TcpSocket;

use crate::error::{Doing as _, Error, Result};
use crate::state::{StateDirectory, read_json, write_json};

/// Where clients look for the shop unless told otherwise.
const GATEWAY_DEFAULT: u16 = 8080;
/// Where people look for its pages.
const STOREFRONT_DEFAULT: u16 = 8081;

/// Free ports are taken from below the range that systems hand out for outgoing connections (32768
/// on Linux, 49152 elsewhere): there, some client's connection could sit on the port of a server
/// while that server is being restarted.
const FREE_FROM: u16 = 20_000;
const FREE_TO: u16 = 32_000;
/// Far more than it takes unless the whole range is full.
const ATTEMPTS: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    pub gateway: u16,
    /// A shop that was started before there were pages has remembered none.
    #[serde(default = "usual_storefront")]
    pub storefront: u16,
    pub nats: u16,
    pub nats_monitor: u16,
    pub postgres: u16,
    pub redis: Vec<u16>,
    /// Of each server of a NATS cluster, the first one included; empty where there is a single server.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nats_cluster: Vec<NatsPorts>,
}

/// Of one NATS server in a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NatsPorts {
    pub client: u16,
    pub monitor: u16,
    pub route: u16,
}

impl Ports {
    /// All of them free ones, for a shop beside others.
    pub fn free(redis_nodes: usize) -> Result<Self> {
        Self::free_beside(Vec::new(), redis_nodes)
    }

    pub(crate) fn with_redis_nodes(self, nodes: usize) -> Result<Self> {
        let redis = Self::free_beside(self.all(), nodes)?.redis;
        Ok(Self { redis, ..self })
    }

    /// With ports for so many NATS servers that are one.
    pub(crate) fn with_nats_cluster(self, servers: usize) -> Result<Self> {
        let mut taken = self.all();
        let mut next = || {
            let port = free_port(&taken)?;
            taken.push(port);
            Ok(port)
        };
        let mut cluster = vec![NatsPorts { client: self.nats, monitor: self.nats_monitor, route: next()? }];
        for _ in 1..servers {
            cluster.push(NatsPorts { client: next()?, monitor: next()?, route: next()? });
        }
        Ok(Self { nats_cluster: cluster, ..self })
    }

    fn free_beside(mut taken: Vec<u16>, redis_nodes: usize) -> Result<Self> {
        let mut next = || {
            let port = free_port(&taken)?;
            taken.push(port);
            Ok(port)
        };
        Ok(Self {
            gateway: next()?,
            storefront: next()?,
            nats: next()?,
            nats_monitor: next()?,
            postgres: next()?,
            redis: (0..redis_nodes).map(|_| next()).collect::<Result<_>>()?,
            nats_cluster: Vec::new(),
        })
    }

    /// The configured ones (`LIVEMART_GATEWAY_PORT` and so on), which must be free; else the ones
    /// of the last run while they are free; else free ones. Remembered for the next run.
    pub fn keep_in(state: &StateDirectory, configured: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let before = Self::read(state)?;
        let before = before.as_ref();
        let fresh = Self::free_beside(before.map(Self::all).unwrap_or_default(), 1)?;
        let choose = |variable: &str, remembered: Option<u16>, fresh: u16| {
            if let Some(value) = configured(variable) {
                let port = parse(variable, &value)?;
                return if is_free(port) { Ok(port) } else { Err(taken(variable, port)) };
            }
            Ok(remembered.filter(|port| is_free(*port)).unwrap_or(fresh))
        };
        let public = |variable: &str, usual: u16| {
            let port = configured(variable).map_or(Ok(usual), |value| parse(variable, &value))?;
            if is_free(port) { Ok(port) } else { Err(taken(variable, port)) }
        };
        let ports = Self {
            gateway: public("LIVEMART_GATEWAY_PORT", GATEWAY_DEFAULT)?,
            storefront: public("LIVEMART_STOREFRONT_PORT", STOREFRONT_DEFAULT)?,
            nats: choose("LIVEMART_NATS_PORT", before.map(|ports| ports.nats), fresh.nats)?,
            nats_monitor: choose(
                "LIVEMART_NATS_MONITOR_PORT",
                before.map(|ports| ports.nats_monitor),
                fresh.nats_monitor,
            )?,
            postgres: choose("LIVEMART_POSTGRES_PORT", before.map(|ports| ports.postgres), fresh.postgres)?,
            redis: vec![choose(
                "LIVEMART_REDIS_PORT",
                before.and_then(|ports| ports.redis.first().copied()),
                fresh.redis[0],
            )?],
            nats_cluster: Vec::new(),
        };
        write_json(&state.ports(), &ports)?;
        Ok(ports)
    }

    fn all(&self) -> Vec<u16> {
        [self.gateway, self.storefront, self.nats, self.nats_monitor, self.postgres]
            .iter()
            .chain(&self.redis)
            .copied()
            .collect()
    }

    /// The ports of the last start; None when there was none.
    pub fn read(state: &StateDirectory) -> Result<Option<Self>> {
        read_json(&state.ports())
    }
}

fn usual_storefront() -> u16 {
    STOREFRONT_DEFAULT
}

fn parse(variable: &str, value: &str) -> Result<u16> {
    value
        .parse()
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| Error::PortInvalid { variable: variable.to_owned(), value: value.to_owned() })
}

fn taken(variable: &str, port: u16) -> Error {
    Error::PortTaken { variable: variable.to_owned(), port }
}

/// Binds without listening. A listening socket would be inherited for a moment by whatever another
/// thread is just starting, and make its port look taken to the server it was chosen for.
fn is_free(port: u16) -> bool {
    let bound = TcpSocket::new_v4().and_then(|socket| {
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, port).into())
    });
    bound.is_ok()
}

/// Random, so that test processes which start at the same moment do not all choose the same.
fn free_port(taken: &[u16]) -> Result<u16> {
    for _ in 0..ATTEMPTS {
        let random = getrandom::u32().map_err(std::io::Error::from).doing(|| "choose a port".to_owned())?;
        let span = u32::from(FREE_TO - FREE_FROM);
        let port = FREE_FROM + u16::try_from(random % span).unwrap_or_default();
        if !taken.contains(&port) && is_free(port) {
            return Ok(port);
        }
    }
    Err(Error::NoFreePort)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn state() -> (tempfile::TempDir, StateDirectory) {
        let directory = tempfile::tempdir().unwrap();
        let state = StateDirectory::open(directory.path()).unwrap();
        (directory, state)
    }

    #[test]
    fn a_taken_configured_port_is_named_with_its_variable() {
        let (_directory, state) = state();
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = holder.local_addr().unwrap().port();
        let error = Ports::keep_in(&state, |variable| match variable {
            "LIVEMART_GATEWAY_PORT" => Some(port.to_string()),
            _ => None,
        })
        .unwrap_err();
        assert!(error.to_string().contains(&port.to_string()));
        assert!(error.to_string().contains("LIVEMART_GATEWAY_PORT"));
    }

    #[test]
    fn ports_stay_the_same_until_one_is_taken() {
        let (_directory, state) = state();
        let gateway = free_port(&[]).unwrap();
        let storefront = free_port(&[gateway]).unwrap();
        let configured = |variable: &str| match variable {
            "LIVEMART_GATEWAY_PORT" => Some(gateway.to_string()),
            "LIVEMART_STOREFRONT_PORT" => Some(storefront.to_string()),
            _ => None,
        };
        let first = Ports::keep_in(&state, configured).unwrap();
        assert_eq!(Ports::keep_in(&state, configured).unwrap(), first);

        let _holder = TcpListener::bind((Ipv4Addr::LOCALHOST, first.postgres)).unwrap();
        let moved = Ports::keep_in(&state, configured).unwrap();
        assert_ne!(moved.postgres, first.postgres);
        assert_eq!(moved.nats, first.nats);
    }

    #[test]
    fn what_is_not_a_port_is_refused() {
        assert!(parse("LIVEMART_NATS_PORT", "0").is_err());
        assert!(parse("LIVEMART_NATS_PORT", "70000").is_err());
        assert!(parse("LIVEMART_NATS_PORT", "x").is_err());
    }
}
