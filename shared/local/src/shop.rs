//! The services, on servers that run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::discovery::{Discovery, Replica};
use crate::error::{Error, Result};
use crate::program::{Kind, Program, StopSignal};
use crate::servers::Servers;
use crate::services::{GATEWAY, SANDBOX, SERVICES, STOREFRONT, ServiceKind};
use crate::supervisor::{Restart, Supervised};
use crate::wait::{self, Look};

/// From the first process to the last service being ready, on a machine that is busy.
const READY_LIMIT: Duration = Duration::from_secs(60);

type Environment = BTreeMap<String, String>;

/// Which services to start, and how.
#[derive(Clone, Debug)]
pub struct ShopOptions {
    /// Where `livemart-order` and the others are.
    pub binaries: PathBuf,
    pub services: Vec<ServiceKind>,
    /// Of each service but those with a port of their own.
    pub replicas: usize,
    pub restart: Restart,
    /// For all of them, over what they get anyway.
    pub environment: Environment,
    /// By instance (`order-1`): for its first process only.
    pub once: BTreeMap<String, Environment>,
}

impl ShopOptions {
    pub fn all(binaries: &Path) -> Self {
        Self {
            binaries: binaries.to_owned(),
            services: SERVICES.to_vec(),
            replicas: 1,
            restart: Restart::WithBackOff,
            environment: Environment::new(),
            once: BTreeMap::new(),
        }
    }

    pub fn only(binaries: &Path, services: &[&str]) -> Result<Self> {
        Ok(Self {
            services: services.iter().map(|name| ServiceKind::named(name)).collect::<Result<_>>()?,
            ..Self::all(binaries)
        })
    }

    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.environment.insert(variable.to_owned(), value.to_owned());
        self
    }

    /// A fault for the first process of an instance; its successor runs without.
    pub fn with_once(mut self, instance: &str, variable: &str, value: &str) -> Self {
        self.once.entry(instance.to_owned()).or_default().insert(variable.to_owned(), value.to_owned());
        self
    }
}

/// Services that run. Dropping them kills them; [`stop`](Self::stop) lets them finish their work.
#[derive(Debug)]
pub struct Shop {
    discovery: Discovery,
    /// In the order of their start.
    instances: Vec<Supervised>,
    gateway_url: String,
    storefront_url: String,
}

impl Shop {
    /// Starts the services and waits until all of them are ready. The database must be migrated
    /// and the streams applied.
    pub async fn start(servers: &Servers, options: &ShopOptions) -> Result<Self> {
        let shop = Self::spawn(servers, options).await?;
        shop.ready().await?;
        Ok(shop)
    }

    /// Starts the services without waiting.
    pub async fn spawn(servers: &Servers, options: &ShopOptions) -> Result<Self> {
        let mut shop = Self {
            discovery: Discovery::connect(servers).await?,
            instances: Vec::new(),
            gateway_url: servers.gateway_url(),
            storefront_url: servers.storefront_url(),
        };
        for service in &options.services {
            let replicas = if service.is_public() { 1 } else { options.replicas };
            for number in 1..=replicas {
                let instance = format!("{}-{number}", service.name);
                let once = options.once.get(&instance).cloned().unwrap_or_default();
                let program = program(servers, options, *service, instance)?;
                shop.instances.push(servers.supervisor().start_once_with(program, options.restart, once)?);
            }
        }
        Ok(shop)
    }

    pub fn gateway_url(&self) -> &str {
        &self.gateway_url
    }

    pub fn storefront_url(&self) -> &str {
        &self.storefront_url
    }

    pub fn discovery(&self) -> &Discovery {
        &self.discovery
    }

    pub fn instances(&self) -> &[Supervised] {
        &self.instances
    }

    /// `order-2`, or `order` for the first.
    pub fn instance(&self, name: &str) -> Result<&Supervised> {
        let first = format!("{name}-1");
        self.instances
            .iter()
            .find(|instance| instance.name() == name || instance.name() == first)
            .ok_or_else(|| Error::UnknownService { name: name.to_owned(), known: self.names() })
    }

    /// Waits until every instance is ready, or one shows that it will not be.
    pub async fn ready(&self) -> Result<()> {
        let mut last = None;
        let outcome = wait::until("all services being ready", READY_LIMIT, async || {
            for instance in &self.instances {
                instance.expect_alive()?;
            }
            let replicas = self.discovery.replicas().await?;
            for instance in &self.instances {
                if let Some(why) = self.unready(instance, &replicas).await {
                    last = Some((instance, why));
                    return Ok(Look::NotYet(String::new()));
                }
            }
            Ok(Look::There(()))
        })
        .await;
        match (outcome, last) {
            (Err(Error::TimedOut { waited, .. }), Some((instance, why))) => Err(instance.not_ready(why, waited)),
            (outcome, _) => outcome,
        }
    }

    async fn unready(&self, instance: &Supervised, replicas: &[Replica]) -> Option<String> {
        let Some(pid) = instance.pid() else {
            return Some("it died and is about to be started again".to_owned());
        };
        match replicas.iter().find(|replica| replica.pid == pid) {
            Some(replica) => self.discovery.unready(replica).await,
            None => Some("it has not announced itself on NATS".to_owned()),
        }
    }

    /// The lines of level ERROR that the services logged so far, each with the name of its instance.
    pub fn logged_errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        for instance in &self.instances {
            let log = std::fs::read_to_string(&instance.program().log).unwrap_or_default();
            let lines = log.lines().filter(|line| line.contains(" ERROR "));
            errors.extend(lines.map(|line| format!("{}: {line}", instance.name())));
        }
        errors
    }

    /// Last started first, each with time to finish its work.
    pub async fn stop(self) -> Result<()> {
        for instance in self.instances.iter().rev() {
            instance.stop().await?;
        }
        Ok(())
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.instances.iter().map(Supervised::name).collect();
        names.join(", ")
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        for instance in &self.instances {
            instance.kill_now();
        }
    }
}

fn program(servers: &Servers, options: &ShopOptions, service: ServiceKind, instance: String) -> Result<Program> {
    let executable = options.binaries.join(format!("livemart-{}", service.name));
    if !executable.is_file() {
        return Err(Error::MissingBinary { path: executable });
    }
    let mut environment = environment(servers, service, &instance);
    environment.extend(options.environment.clone());
    Ok(Program {
        kind: Kind::Service,
        executable,
        arguments: vec!["run".into()],
        environment,
        directory: servers.state().root().to_owned(),
        account: None,
        log: servers.state().log(&instance),
        stop_signal: StopSignal::Terminate,
        name: instance,
    })
}

fn environment(servers: &Servers, service: ServiceKind, instance: &str) -> Environment {
    let mut environment = Environment::new();
    let mut set = |variable: &str, value: String| environment.insert(variable.to_owned(), value);
    set("LIVEMART_INSTANCE", instance.to_owned());
    set("LIVEMART_LOG_FORMAT", "text".to_owned());
    set("LIVEMART_STATE_DIRECTORY", servers.state().path("config").display().to_string());
    set("LIVEMART_NATS_URL", servers.nats_url());
    set("LIVEMART_NATS_USER", service.name.to_owned());
    set("LIVEMART_NATS_PASSWORD", servers.nats_password(service.name).to_owned());
    set("LIVEMART_REDIS_URLS", servers.redis_urls().join(","));
    // Free ports, announced on NATS; the public ones are where clients look.
    set("LIVEMART_ADMIN_LISTEN", "127.0.0.1:0".to_owned());
    set(
        "LIVEMART_HTTP_LISTEN",
        match service.name {
            GATEWAY => format!("127.0.0.1:{}", servers.ports.gateway),
            STOREFRONT => format!("127.0.0.1:{}", servers.ports.storefront),
            _ => "127.0.0.1:0".to_owned(),
        },
    );
    if service.database {
        set("LIVEMART_DATABASE_URL", servers.database_url(service.name));
    }
    match service.name {
        GATEWAY => {
            // On one machine everybody has the same address.
            set("LIVEMART_GATEWAY_ADDRESS_RATE", "0".to_owned());
        }
        STOREFRONT => {
            set("LIVEMART_STOREFRONT_GATEWAY_URL", servers.gateway_url());
        }
        "user" => {
            set("LIVEMART_USER_ADMIN_EMAIL", DEMO_ADMIN.to_owned());
            set("LIVEMART_USER_ADMIN_PASSWORD", servers.secrets.demo_admin.clone());
        }
        "payment" => {
            set("LIVEMART_PAYMENT_SANDBOX_DATABASE_URL", servers.database_url(SANDBOX));
        }
        "notification" => {
            // On one machine, whoever tries webhooks receives them there.
            set("LIVEMART_NOTIFICATION_PRIVATE_WEBHOOKS", "true".to_owned());
        }
        _ => {}
    }
    environment
}

/// Accounts of the demo shop; their passwords are among the secrets.
pub const DEMO_ADMIN: &str = "admin@livemart.dev";
pub const DEMO_CUSTOMER: &str = "customer@livemart.dev";
