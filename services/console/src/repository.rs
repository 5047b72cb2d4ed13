//! The clone of the repository that a command is about, and what its shop keeps in it.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use livemart_local::{Addresses, Ports, Secrets, StateDirectory};

/// A file that only the root of a clone has.
const MARK: &str = "nats/livemart.conf";

pub(crate) struct Repository {
    root: PathBuf,
    state: StateDirectory,
}

impl Repository {
    /// The clone around the working directory.
    pub(crate) fn find() -> Result<Self> {
        let here = env::current_dir().context("find the working directory")?;
        let Some(root) = here.ancestors().find(|directory| directory.join(MARK).is_file()) else {
            bail!("this is not below a clone of LiveMart (no {MARK} above {}); change to one first", here.display());
        };
        Ok(Self { root: root.to_owned(), state: StateDirectory::open(&root.join(".livemart"))? })
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
}
