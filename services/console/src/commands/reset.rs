//! `livemart reset`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::down;
use crate::repository::Repository;
use crate::terminal::{asked, say};

#[derive(Args)]
pub(crate) struct Reset {
    /// Does not ask; nor does it where there is nobody to ask
    #[arg(long, short)]
    yes: bool,
}

impl Reset {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let repository = Repository::find()?;
        let question = format!("drop all orders, accounts and events in {}?", repository.state().root().display());
        if !self.yes && asked(&question)? == Some(false) {
            say!("nothing was touched");
            return Ok(ExitCode::FAILURE);
        }
        down::stop(repository.state()).await?;
        repository.state().remove_data()?;
        say!("dropped; `just up` starts afresh");
        Ok(ExitCode::SUCCESS)
    }
}
