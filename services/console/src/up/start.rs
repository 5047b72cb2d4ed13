//! The order in which a shop comes up: servers, schema, streams, services, goods.

use std::env;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use livemart_local::{Addresses, Register, ServerOptions, Servers, Shop, ShopOptions, Supervisor, install};

use super::Options;
use crate::repository::{Repository, directory_of_binaries};
use crate::seed;
use crate::terminal::say;

/// The longest a start may take, with servers to be downloaded on a slow line.
pub(super) const START_LIMIT: Duration = Duration::from_secs(900);

/// What has come up so far, so that it can be stopped however far that is.
#[derive(Default)]
pub(super) struct Started {
    servers: Option<Servers>,
    shop: Option<Shop>,
}

impl Started {
    pub(super) async fn stop(self) -> Result<()> {
        if let Some(shop) = self.shop {
            shop.stop().await?;
        }
        if let Some(servers) = self.servers {
            servers.stop().await?;
        }
        Ok(())
    }
}

pub(super) async fn start(
    repository: &Repository,
    options: &Options,
    register: &Register,
    supervisor: Supervisor,
    started: &mut Started,
) -> Result<Addresses> {
    let state = repository.state();
    let begun = Instant::now();
    let progress = |text: &str| say!("{:>6.1} s  {text}", begun.elapsed().as_secs_f32());

    let leftovers = register.end_leftovers().await?;
    if !leftovers.is_empty() {
        progress(&format!("ended what an earlier run left behind: {}", leftovers.join(", ")));
    }
    install::ensure(&state.tools(), progress).await?;

    let configured = |variable: &str| env::var(variable).ok().filter(|value| !value.is_empty());
    let server_options = ServerOptions::kept(repository.root(), state.clone(), supervisor, configured)?;
    let servers = started.servers.insert(Servers::start(server_options).await?);
    progress("Postgres, NATS and Redis serve");

    livemart_migrations::migrate(&servers.admin_database_url(), &servers.secrets.database)
        .await
        .context("migrate the database")?;
    progress("the database is up to date");

    let changes = repository.apply_streams(servers).await?;
    if changes.is_empty() {
        progress("streams and consumers are as their files say");
    } else {
        progress(&format!("streams and consumers:\n{}", changes.trim_end()));
    }

    let mut shop_options = ShopOptions::all(&directory_of_binaries()?);
    shop_options.replicas = options.replicas;
    let shop = started.shop.insert(Shop::spawn(servers, &shop_options).await?);
    shop.ready().await?;
    progress("all services are ready");

    if seed::is_due(state) {
        seed::run(state, servers, progress).await.context("fill the demo shop")?;
    }
    Ok(servers.addresses().clone())
}
