//! `livemart install`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use livemart_local::install;

use crate::repository::Repository;
use crate::terminal::say;

#[derive(Args)]
pub(crate) struct Install {}

impl Install {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let repository = Repository::find()?;
        let binaries = install::ensure(&repository.state().tools(), |text| say!("{text}")).await?;
        say!("nats-server   {}", binaries.nats_server.display());
        say!("postgres      {}", binaries.postgres.display());
        say!("redis-server  {}", binaries.redis_server.display());
        Ok(ExitCode::SUCCESS)
    }
}
