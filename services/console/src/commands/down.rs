//! `livemart down`

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use livemart_local::wait::{self, Look};
use livemart_local::{Running, STOP_LIMIT, StateDirectory, end};
use rustix::process::Signal;

use crate::repository::Repository;
use crate::terminal::say;

#[derive(Args)]
pub(crate) struct Down {}

impl Down {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let repository = Repository::find()?;
        say!("{}", if stop(repository.state()).await? { "stopped" } else { "nothing runs" });
        Ok(ExitCode::SUCCESS)
    }
}

/// Stops everything that runs in a state directory; false when nothing did.
pub(super) async fn stop(state: &StateDirectory) -> Result<bool> {
    let running = Running::read(state)?;
    if let Some(supervisor) = &running.supervisor {
        supervisor.identity.signal(Signal::TERM);
        // It stops its processes one after the other, and each may take its time.
        let limit = STOP_LIMIT.saturating_mul(u32::try_from(running.processes.len() + 1).unwrap_or(u32::MAX));
        wait::until("the end of `livemart up`", limit.min(LONGEST), async || {
            Ok(if supervisor.identity.is_alive() {
                Look::NotYet(format!("pid {} is still stopping processes", supervisor.identity.pid))
            } else {
                Look::There(())
            })
        })
        .await?;
    }
    // What a killed supervisor left behind, or a stopped one could not stop.
    for process in Running::read(state)?.processes.iter().rev() {
        end(process).await?;
    }
    Ok(running.supervisor.is_some() || !running.processes.is_empty())
}

/// Whoever waits longer than this is better told.
const LONGEST: Duration = Duration::from_secs(120);
