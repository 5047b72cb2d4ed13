//! `livemart status`

mod table;

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use futures::future::join_all;
use livemart_local::{
    Addresses, DEMO_ADMIN, DEMO_CUSTOMER, Discovery, Kind, Replica, Running, RunningProcess, SERVICES,
};
use serde::Serialize;

use crate::repository::Repository;
use crate::terminal::{Terminal, say};

#[derive(Args)]
pub(crate) struct Status {
    /// For programs; passwords included
    #[arg(long)]
    json: bool,
}

/// What `--json` prints; programs rely on every name in it.
#[derive(Serialize)]
struct Report {
    gateway: String,
    storefront: String,
    nats: String,
    nats_monitor: String,
    postgres: String,
    redis: Vec<String>,
    services: Vec<Service>,
    servers: Vec<Server>,
    demo: Demo,
}

#[derive(Serialize)]
struct Service {
    name: String,
    instance: String,
    /// None while it is down, as are the addresses until it has announced them.
    pid: Option<u32>,
    address: Option<String>,
    admin: Option<String>,
    ready: bool,
}

#[derive(Serialize)]
struct Server {
    name: String,
    pid: Option<u32>,
}

#[derive(Serialize)]
struct Demo {
    admin: Account,
    customer: Account,
}

#[derive(Serialize)]
struct Account {
    email: &'static str,
    password: String,
}

impl Status {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let repository = Repository::find()?;
        let report = Report::make(&repository.addresses()?, &Running::read(repository.state())?).await;
        if self.json {
            say!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            table::print(&report, Terminal::of_stdout());
        }
        Ok(if report.is_ready() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Report {
    async fn make(addresses: &Addresses, running: &Running) -> Self {
        Self {
            gateway: addresses.gateway_url(),
            storefront: addresses.storefront_url(),
            nats: addresses.nats_operator_url(),
            nats_monitor: addresses.nats_monitor_url(),
            postgres: addresses.admin_database_url(),
            redis: addresses.redis_urls(),
            services: services(addresses, running).await,
            servers: servers(addresses, running),
            demo: Demo {
                admin: Account { email: DEMO_ADMIN, password: addresses.secrets.demo_admin.clone() },
                customer: Account { email: DEMO_CUSTOMER, password: addresses.secrets.demo_customer.clone() },
            },
        }
    }

    fn is_ready(&self) -> bool {
        self.servers.iter().all(|server| server.pid.is_some()) && self.services.iter().all(|service| service.ready)
    }
}

fn servers(addresses: &Addresses, running: &Running) -> Vec<Server> {
    let nodes = (1..=addresses.ports.redis.len()).map(|node| format!("redis-{node}"));
    ["postgres".to_owned(), "nats".to_owned()]
        .into_iter()
        .chain(nodes)
        .map(|name| {
            let process = running.processes.iter().find(|process| process.name == name);
            Server { pid: process.map(|process| process.identity.pid), name }
        })
        .collect()
}

/// A line for every process that runs, and one for every service of which none does.
async fn services(addresses: &Addresses, running: &Running) -> Vec<Service> {
    let nats_runs = running.processes.iter().any(|process| process.name == "nats");
    let discovery = if nats_runs { Discovery::connect(addresses).await.ok() } else { None };
    let replicas = match &discovery {
        Some(discovery) => discovery.replicas().await.unwrap_or_default(),
        None => Vec::new(),
    };
    let replicas = &replicas;
    let discovery = discovery.as_ref();
    let lines = SERVICES.iter().flat_map(|service| {
        let processes: Vec<&RunningProcess> = running
            .processes
            .iter()
            .filter(|process| process.kind == Kind::Service && service_of(&process.name) == service.name)
            .collect();
        let processes: Vec<Option<&RunningProcess>> =
            if processes.is_empty() { vec![None] } else { processes.into_iter().map(Some).collect() };
        processes.into_iter().map(move |process| line(service.name, process, replicas, discovery))
    });
    join_all(lines).await
}

async fn line(
    name: &str,
    process: Option<&RunningProcess>,
    replicas: &[Replica],
    discovery: Option<&Discovery>,
) -> Service {
    let pid = process.map(|process| process.identity.pid);
    let replica = replicas.iter().find(|replica| Some(replica.pid) == pid);
    let ready = match (discovery, replica) {
        (Some(discovery), Some(replica)) => discovery.unready(replica).await.is_none(),
        _ => false,
    };
    Service {
        name: name.to_owned(),
        instance: process.map_or_else(|| format!("{name}-1"), |process| process.name.clone()),
        pid,
        address: replica.map(|replica| replica.address.clone()),
        admin: replica.map(|replica| replica.admin.clone()),
        ready,
    }
}

/// `order` of `order-1`.
fn service_of(instance: &str) -> &str {
    instance.rsplit_once('-').map_or(instance, |(service, _)| service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_has_the_names_that_programs_rely_on() {
        let report = Report {
            gateway: String::new(),
            storefront: String::new(),
            nats: String::new(),
            nats_monitor: String::new(),
            postgres: String::new(),
            redis: vec![],
            services: vec![Service {
                name: "order".to_owned(),
                instance: "order-1".to_owned(),
                pid: Some(1),
                address: None,
                admin: None,
                ready: true,
            }],
            servers: vec![Server { name: "nats".to_owned(), pid: Some(2) }],
            demo: Demo {
                admin: Account { email: DEMO_ADMIN, password: String::new() },
                customer: Account { email: DEMO_CUSTOMER, password: String::new() },
            },
        };
        let json = serde_json::to_value(&report).unwrap();
        let names = |value: &serde_json::Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        let mut top = names(&json);
        top.sort();
        assert_eq!(
            top,
            ["demo", "gateway", "nats", "nats_monitor", "postgres", "redis", "servers", "services", "storefront"]
        );
        let mut service = names(&json["services"][0]);
        service.sort();
        assert_eq!(service, ["address", "admin", "instance", "name", "pid", "ready"]);
        assert!(json["demo"]["customer"]["email"].is_string());
    }
}
