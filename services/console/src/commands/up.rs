//! `livemart up`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::repository::Repository;
use crate::up::{self, Options};

#[derive(Args)]
pub(crate) struct Up {
    /// Returns when everything is ready, and leaves the shop running
    #[arg(long, short)]
    detach: bool,
    /// Processes of each service but the gateway and the storefront
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=MOST_REPLICAS))]
    replicas: u16,
    /// What `--detach` runs in the background
    #[arg(long, hide = true, conflicts_with = "detach")]
    in_background: bool,
}

/// Each replica of a service has a pool of database connections; more than this and the database
/// refuses them.
const MOST_REPLICAS: i64 = 3;

impl Up {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let repository = Repository::find()?;
        let options = Options { replicas: usize::from(self.replicas) };
        match (self.detach, self.in_background) {
            (true, _) => up::detached(&repository, &options).await,
            (false, true) => up::in_background(&repository, &options).await,
            (false, false) => up::in_foreground(&repository, &options).await,
        }
    }
}
