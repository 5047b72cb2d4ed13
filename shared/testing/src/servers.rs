//! Postgres, NATS and Redis as a shop needs them: migrated, with its streams.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use livemart_local::streams::{self, Definitions};
use livemart_local::{Addresses, OPERATOR, ServerOptions, Servers, operator};
use tokio::sync::OnceCell;

static SHARED: OnceCell<TestServers> = OnceCell::const_new();

/// Servers of their own directory, ports and passwords that die with this process. Dereferences to
/// [`livemart_local::Servers`].
#[derive(Debug)]
pub struct TestServers {
    servers: Servers,
}

impl Deref for TestServers {
    type Target = Servers;

    fn deref(&self) -> &Servers {
        &self.servers
    }
}

/// The servers of this test process, started by the first test that asks. Tests take a copy of the migrated database
/// ([`database`](crate::database())) and prefix their keys in Redis; a test that needs the streams for itself takes a
/// broker of its own ([`nats`](crate::nats)).
pub async fn servers() -> &'static TestServers {
    SHARED.get_or_init(|| TestServers::start(|options| options)).await
}

impl TestServers {
    /// Servers for one test alone, which may kill them.
    pub async fn start(configure: impl FnOnce(ServerOptions) -> ServerOptions) -> Self {
        let options = ServerOptions::throwaway(repository())
            .unwrap_or_else(|error| panic!("tests need real servers: {error}\n(in a clone: `just install`)"));
        let options = configure(options);
        let servers = Servers::start(options).await.unwrap_or_else(|error| panic!("{error}"));
        let servers = Self { servers };
        // Neither waits for the other, and both take a second.
        tokio::join!(servers.migrate(), apply_streams(&servers));
        servers
    }

    async fn migrate(&self) {
        livemart_migrations::migrate(&self.admin_database_url(), &self.secrets.database)
            .await
            .unwrap_or_else(|error| panic!("the database cannot be migrated: {error:#}"));
    }

    pub async fn stop(self) {
        self.servers.stop().await.unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Makes the streams and durables of the repository's files.
pub(crate) async fn apply_streams(addresses: &Addresses) {
    let applied = async {
        let definitions = Definitions::read(&repository().join("streams"))?;
        let client = operator(&addresses.nats_url(), OPERATOR, addresses.nats_password(OPERATOR)).await?;
        let plan = streams::plan(&client, &definitions).await?;
        streams::apply(&client, &definitions, &plan).await
    };
    applied.await.unwrap_or_else(|error| panic!("the streams cannot be made: {error}"));
}

/// The clone that is tested.
pub fn repository() -> &'static Path {
    static REPOSITORY: LazyLock<PathBuf> =
        LazyLock::new(|| livemart_local::repository().unwrap_or_else(|error| panic!("{error}")));
    &REPOSITORY
}

/// Where cargo put the programs of the workspace: beside the directory of the test's own executable. Those of another
/// profile are never taken by mistake.
pub fn binaries() -> PathBuf {
    let executable = std::env::current_exe().unwrap_or_else(|error| panic!("a test has an executable: {error}"));
    let profile = executable.ancestors().nth(2).unwrap_or_else(|| panic!("{} has no profile", executable.display()));
    profile.to_owned()
}
