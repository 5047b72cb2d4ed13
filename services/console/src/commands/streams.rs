//! `livemart streams apply` and `livemart streams diff`

use std::num::NonZeroU8;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use livemart_local::streams::{self, Definitions};

use crate::access::NatsAccess;
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

#[derive(Args)]
pub(crate) struct Where {
    /// Directory of the definitions; the clone's by default
    #[arg(long, env = "LIVEMART_STREAMS_DIRECTORY")]
    directory: Option<PathBuf>,
    /// Servers that keep each stream, on a cluster; otherwise what the files say
    #[arg(long, env = "LIVEMART_STREAMS_REPLICAS")]
    replicas: Option<NonZeroU8>,
    #[command(flatten)]
    pub(super) nats: NatsAccess,
}

impl Where {
    pub(super) fn definitions(&self) -> Result<Definitions> {
        let directory = match &self.directory {
            Some(directory) => directory.clone(),
            None => Repository::find()?.root().join("streams"),
        };
        let definitions = Definitions::read(&directory)?;
        Ok(match self.replicas {
            Some(replicas) => definitions.with_replicas(replicas),
            None => definitions,
        })
    }
}

impl Streams {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let (where_to, change) = match &self {
            Self::Apply { dry_run, where_to } => (where_to, !dry_run),
            Self::Diff { where_to } => (where_to, false),
        };
        let definitions = where_to.definitions()?;
        let client = where_to.nats.connect().await?;
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
