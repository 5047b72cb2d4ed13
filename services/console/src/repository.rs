//! The clone of the repository that a command is about, and what its shop keeps in it.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use livemart_local::streams::{self, Definitions};
use livemart_local::{Addresses, OPERATOR, Ports, Secrets, StateDirectory, operator};

pub(crate) struct Repository {
    root: PathBuf,
    state: StateDirectory,
}

impl Repository {
    /// The clone around the working directory.
    pub(crate) fn find() -> Result<Self> {
        let root = livemart_local::repository()?;
        Ok(Self { state: StateDirectory::open(&root.join(".livemart"))?, root })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn state(&self) -> &StateDirectory {
        &self.state
    }

    /// Where the shop of this clone is, or was the last time.
    pub(crate) fn addresses(&self) -> Result<Addresses> {
        match (Ports::read(&self.state)?, Secrets::read(&self.state)?) {
            (Some(ports), Some(secrets)) => Ok(Addresses { ports, secrets }),
            _ => bail!("no shop was started here yet; start it with `just up`"),
        }
    }

    /// Makes the streams and consumers of a server what the files of this clone say, and answers what it changed, as text.
    pub(crate) async fn apply_streams(&self, addresses: &Addresses) -> Result<String> {
        let definitions = Definitions::read(&self.root.join("streams"))?.with_replicas(addresses.stream_replicas());
        let client = operator(&addresses.nats_url(), OPERATOR, addresses.nats_password(OPERATOR)).await?;
        let plan = streams::plan(&client, &definitions).await?;
        if plan.is_empty() {
            return Ok(String::new());
        }
        streams::apply(&client, &definitions, &plan).await?;
        Ok(plan.to_string())
    }
}

/// Cargo puts all programs of the workspace side by side.
pub(crate) fn directory_of_binaries() -> Result<PathBuf> {
    let program = env::current_exe().context("find this program")?;
    Ok(program.parent().context("find this program's directory")?.to_owned())
}
