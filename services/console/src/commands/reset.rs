//! `livemart reset`

use std::io::{IsTerminal as _, Write as _, stdin, stdout};
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::down;
use crate::repository::Repository;
use crate::terminal::say;

#[derive(Args)]
pub(crate) struct Reset {
    /// Does not ask; nor does it where there is nobody to ask
    #[arg(long, short)]
    yes: bool,
}

impl Reset {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let repository = Repository::find()?;
        if !self.yes && stdin().is_terminal() && !confirmed(&repository)? {
            say!("nothing was touched");
            return Ok(ExitCode::FAILURE);
        }
        down::stop(repository.state()).await?;
        repository.state().remove_data()?;
        say!("dropped; `just up` starts afresh");
        Ok(ExitCode::SUCCESS)
    }
}

fn confirmed(repository: &Repository) -> Result<bool> {
    print!("drop all orders, accounts and events in {}? [y/N] ", repository.state().root().display());
    stdout().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}
