//! `livemart streams apply` and `livemart streams diff`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use livemart_local::streams::{self, Definitions};
use livemart_local::{OPERATOR, operator};

use crate::repository::Repository;
use crate::terminal::say;

#[derive(Subcommand)]
pub(crate) enum Streams {
    /// Creates and updates streams and consumers; prints the difference first
    Apply {
        /// Only prints
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        where_to: Where,
    },
    /// Prints how the server differs from the files; fails when it does
    Diff {
        #[command(flatten)]
        where_to: Where,
    },
}

/// Without `--url`: the NATS of this clone's shop.
#[derive(Args)]
pub(crate) struct Where {
    /// Directory of the definitions; the clone's by default
    #[arg(long, env = "LIVEMART_STREAMS_DIRECTORY")]
    directory: Option<PathBuf>,
    #[arg(long, env = "LIVEMART_NATS_URL")]
    url: Option<String>,
    #[arg(long, env = "LIVEMART_NATS_USER", default_value = OPERATOR)]
    user: String,
    #[arg(long, env = "LIVEMART_NATS_PASSWORD", hide_env_values = true, requires = "url")]
    password: Option<String>,
}

impl Where {
    fn definitions(&self) -> Result<Definitions> {
        let directory = match &self.directory {
            Some(directory) => directory.clone(),
            None => Repository::find()?.root().join("streams"),
        };
        Ok(Definitions::read(&directory)?)
    }

    async fn connect(&self) -> Result<async_nats::Client> {
        let client = match &self.url {
            Some(url) => operator(url, &self.user, self.password.as_deref().unwrap_or_default()).await?,
            None => {
                let addresses = Repository::find()?.addresses()?;
                operator(&addresses.nats_url(), OPERATOR, addresses.nats_password(OPERATOR)).await?
            }
        };
        Ok(client)
    }
}

impl Streams {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let (where_to, change) = match &self {
            Self::Apply { dry_run, where_to } => (where_to, !dry_run),
            Self::Diff { where_to } => (where_to, false),
        };
        let definitions = where_to.definitions()?;
        let client = where_to.connect().await?;
        let plan = streams::plan(&client, &definitions).await?;
        for line in plan.to_string().lines() {
            say!("{line}");
        }
        if plan.is_empty() {
            say!("streams and consumers are as their files say");
        } else if change {
            streams::apply(&client, &definitions, &plan).await?;
            say!("applied");
        } else if matches!(self, Self::Diff { .. }) {
            return Ok(ExitCode::FAILURE);
        }
        Ok(ExitCode::SUCCESS)
    }
}
