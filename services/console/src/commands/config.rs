//! `livemart config`: the configuration of services that run. One file per verb.

mod ls;
mod set;
mod unset;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::configuration::Change;

#[derive(Subcommand)]
pub(crate) enum Config {
    /// Lists the keys: value, where it comes from, default, what it may be, and what each replica runs with
    Ls(ls::Ls),
    /// Changes a key at every replica, while it runs
    Set(set::Set),
    /// Goes back to what the service was started with
    Unset(unset::Unset),
}

impl Config {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Ls(command) => command.run().await,
            Self::Set(command) => command.run().await,
            Self::Unset(command) => command.run().await,
        }
    }
}

/// `revision 12, taken by order-1, order-2`
fn told(change: &Change) -> String {
    match change.instances.is_empty() {
        true => format!("revision {}; nobody runs who could take it", change.revision),
        false => format!("revision {}, taken by {}", change.revision, change.instances.join(", ")),
    }
}
