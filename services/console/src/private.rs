//! A shop of its own for a benchmark or a drill, thrown away afterwards.
//!
//! Its servers write to the disk before they answer, as those of `just up` do. Nothing of it is shared with the shop of
//! the clone, and nothing of it stays: processes and files go with this program, however it ends.

use anyhow::{Context as _, Result};
use livemart_local::{Addresses, DEMO_ADMIN, ServerOptions, Servers, Shop, ShopOptions};
use reqwest::Method;

use crate::api::{Api, expect_success};
use crate::repository::{Repository, directory_of_binaries};

/// A list of each service that has one: an answer says that the gateway has found the service.
const LISTS: [&str; 4] = ["/users", "/products", "/orders", "/payments"];

/// A private shop that is open.
pub(crate) struct PrivateShop {
    // Before the servers, so that it is killed before them where it is only dropped.
    services: Shop,
    servers: Servers,
    staff: Api,
}

/// Servers with a migrated database and all streams; `configure` may ask for more, such as several Redis nodes.
pub(crate) async fn servers(
    repository: &Repository,
    configure: impl FnOnce(ServerOptions) -> livemart_local::Result<ServerOptions>,
) -> Result<Servers> {
    let mut options = ServerOptions::throwaway(repository.root())?;
    options.fsync = true;
    let servers = Servers::start(configure(options)?).await?;
    // Neither waits for the other, and both take a second.
    tokio::try_join!(migrate(&servers), repository.apply_streams(&servers))?;
    Ok(servers)
}

async fn migrate(servers: &Servers) -> Result<()> {
    livemart_migrations::migrate(&servers.admin_database_url(), &servers.secrets.database)
        .await
        .context("migrate the database")
}

/// All services, to be configured; whoever loads them asks more often than a person may.
pub(crate) fn services() -> Result<ShopOptions> {
    Ok(ShopOptions::all(&directory_of_binaries()?).with("LIVEMART_GATEWAY_USER_RATE", "0"))
}

impl PrivateShop {
    /// Starts the services and waits until the gateway leads to all of them.
    pub(crate) async fn open(servers: Servers, options: &ShopOptions) -> Result<Self> {
        let services = Shop::start(&servers, options).await?;
        Self::around(servers, services).await
    }

    /// Of services that are ready; waits until the gateway leads to all of them.
    pub(crate) async fn around(servers: Servers, services: Shop) -> Result<Self> {
        let gateway = Api::at(services.gateway_url())?;
        let admin = &servers.secrets.demo_admin;
        let staff = gateway.signed_in(DEMO_ADMIN, admin).await.context("sign in as the shop's admin")?;
        let shop = Self { services, servers, staff };
        for path in LISTS {
            expect_success(shop.staff.send(|| shop.staff.request(Method::GET, path)).await?).await?;
        }
        Ok(shop)
    }

    pub(crate) fn addresses(&self) -> &Addresses {
        self.servers.addresses()
    }

    pub(crate) fn servers(&self) -> &Servers {
        &self.servers
    }

    pub(crate) fn services(&self) -> &Shop {
        &self.services
    }

    /// The gateway's API, as the shop's admin.
    pub(crate) fn staff(&self) -> &Api {
        &self.staff
    }

    /// Lets the services finish their work, then stops the servers.
    pub(crate) async fn close(self) -> Result<()> {
        self.services.stop().await?;
        self.servers.stop().await?;
        Ok(())
    }
}
