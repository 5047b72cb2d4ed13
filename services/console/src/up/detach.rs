//! Into the background: another process becomes the supervisor, and this one stays until it is
//! ready or has failed, showing what it says.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _, stdout};
use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, Result};
use livemart_local::wait::{self, Look};
use livemart_local::{Running, StateDirectory, logs};
use tokio::process::{Child, Command};

use super::start::START_LIMIT;
use super::{Options, summary, wait_until_ready};
use crate::repository::Repository;
use crate::terminal::{Terminal, say};

pub(crate) async fn detached(repository: &Repository, options: &Options) -> Result<ExitCode> {
    let state = repository.state();
    let terminal = Terminal::of_stdout();
    if Running::read(state)?.supervisor.is_some() {
        say!("the shop is running already");
        wait_until_ready(repository).await?;
        summary::print(&repository.addresses()?, terminal);
        return Ok(ExitCode::SUCCESS);
    }
    let mut said = Said::from_now_on(state)?;
    let mut supervisor = spawn(repository, options, &said)?;
    let ready = wait::until("the shop being ready", START_LIMIT, async || {
        said.show();
        Ok(if is_ready(state, &supervisor)? {
            Look::There(true)
        } else if matches!(supervisor.try_wait(), Ok(Some(_))) {
            Look::There(false)
        } else {
            Look::NotYet(format!("see {}", state.log("up").display()))
        })
    })
    .await?;
    said.show();
    if !ready {
        // Why is what it said last.
        return Ok(ExitCode::FAILURE);
    }
    summary::print(&repository.addresses()?, terminal);
    Ok(ExitCode::SUCCESS)
}

fn spawn(repository: &Repository, options: &Options, said: &Said) -> Result<Child> {
    let program = std::env::current_exe().context("find this program")?;
    Command::new(program)
        .args(["up", "--in-background", "--replicas", &options.replicas.to_string()])
        .current_dir(repository.root())
        .stdin(Stdio::null())
        .stdout(said.writer.try_clone()?)
        .stderr(said.writer.try_clone()?)
        .spawn()
        .context("start the supervisor")
}

fn is_ready(state: &StateDirectory, supervisor: &Child) -> livemart_local::Result<bool> {
    let running = Running::read(state)?.supervisor;
    Ok(running.is_some_and(|running| running.ready && Some(running.identity.pid) == supervisor.id()))
}

/// The supervisor's own log, from the beginning of this start.
struct Said {
    writer: File,
    reader: File,
}

impl Said {
    fn from_now_on(state: &StateDirectory) -> Result<Self> {
        let path = state.log("up");
        let naming = || format!("open {}", path.display());
        let writer = logs::append(&path)?;
        let mut reader = File::open(&path).with_context(naming)?;
        reader.seek(SeekFrom::End(0)).with_context(naming)?;
        Ok(Self { writer, reader })
    }

    fn show(&mut self) {
        let mut text = Vec::new();
        // What cannot be shown here is still in the file.
        let _ = self.reader.read_to_end(&mut text);
        let _ = stdout().write_all(&text);
        let _ = stdout().flush();
    }
}
