//! `livemart stand-by`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::terminal::say;

/// For a container that is there to be entered: `kubectl exec deploy/operator -- livemart …`.
#[derive(Args)]
pub(crate) struct StandBy {}

impl StandBy {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let mut terminate = signal(SignalKind::terminate())?;
        say!("standing by");
        terminate.recv().await;
        Ok(ExitCode::SUCCESS)
    }
}
