//! Where everything is, with the credentials to get in.

use std::num::NonZeroU8;

use crate::ports::Ports;
use crate::postgres::{DATABASE, SUPERUSER};
use crate::secrets::Secrets;
use crate::services::OPERATOR;

#[derive(Clone, Debug)]
pub struct Addresses {
    pub ports: Ports,
    pub secrets: Secrets,
}

impl Addresses {
    pub fn gateway_url(&self) -> String {
        http(self.ports.gateway)
    }

    /// The pages.
    pub fn storefront_url(&self) -> String {
        http(self.ports.storefront)
    }

    /// Without a user: services and tests log in as whom they are. Of all servers, with commas, where there are several.
    pub fn nats_url(&self) -> String {
        let clients = self.ports.nats_cluster.iter().map(|ports| ports.client);
        let clients: Vec<u16> = if clients.len() == 0 { vec![self.ports.nats] } else { clients.collect() };
        let urls: Vec<String> = clients.into_iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
        urls.join(",")
    }

    /// Of each NATS server.
    pub(crate) fn nats_monitors(&self) -> Vec<u16> {
        match self.ports.nats_cluster.as_slice() {
            [] => vec![self.ports.nats_monitor],
            cluster => cluster.iter().map(|ports| ports.monitor).collect(),
        }
    }

    /// How many NATS servers are to keep each stream.
    pub fn stream_replicas(&self) -> NonZeroU8 {
        u8::try_from(self.ports.nats_cluster.len()).ok().and_then(NonZeroU8::new).unwrap_or(NonZeroU8::MIN)
    }

    /// For people and their tools: as the operator, who may read everything.
    pub fn nats_operator_url(&self) -> String {
        format!("nats://{OPERATOR}:{}@127.0.0.1:{}", self.nats_password(OPERATOR), self.ports.nats)
    }

    pub fn nats_monitor_url(&self) -> String {
        http(self.ports.nats_monitor)
    }

    /// Empty for a user that nobody knows.
    pub fn nats_password(&self, user: &str) -> &str {
        self.secrets.nats.get(user).map_or("", String::as_str)
    }

    /// As the superuser, who owns the database: for migrations and audits.
    pub fn admin_database_url(&self) -> String {
        self.postgres_url(SUPERUSER, &self.secrets.postgres, DATABASE)
    }

    /// As the superuser in another database of the same server, such as a test's own copy.
    pub fn admin_database_url_in(&self, database: &str) -> String {
        self.postgres_url(SUPERUSER, &self.secrets.postgres, database)
    }

    /// As the login role of a service.
    pub fn database_url(&self, service: &str) -> String {
        self.database_url_in(service, DATABASE)
    }

    /// As the login role of a service in another database of the same server.
    pub fn database_url_in(&self, service: &str, database: &str) -> String {
        let password = self.secrets.database.get(service).map_or("", String::as_str);
        self.postgres_url(&format!("{SUPERUSER}_{service}"), password, database)
    }

    pub fn redis_urls(&self) -> Vec<String> {
        let password = &self.secrets.redis;
        self.ports.redis.iter().map(|port| format!("redis://:{password}@127.0.0.1:{port}")).collect()
    }

    fn postgres_url(&self, role: &str, password: &str, database: &str) -> String {
        let port = self.ports.postgres;
        format!("postgres://{role}:{password}@127.0.0.1:{port}/{database}")
    }
}

fn http(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
