//! Starting a whole shop and staying with it.
//!
//! One process is the supervisor: the foreground one, or the one that `--detach` leaves behind.
//! `start` has the order of things, `detach` the way into the background, `summary` what a person
//! wants to know at the end.

mod detach;
mod start;
mod summary;
mod teller;

use std::fs::File;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use livemart_local::wait::{self, Look};
use livemart_local::{Addresses, Register, Running, Supervisor, logs};
use tokio::signal::unix::{SignalKind, signal};

use crate::commands::follow_all;
use crate::repository::Repository;
use crate::terminal::{Terminal, say};
pub(crate) use detach::detached;
use start::{START_LIMIT, Started};
use teller::Teller;

pub(crate) struct Options {
    pub(crate) replicas: usize,
}

/// With the logs on the terminal, until Ctrl-C.
pub(crate) async fn in_foreground(repository: &Repository, options: &Options) -> Result<ExitCode> {
    let terminal = Terminal::of_stdout();
    let Some(register) = Register::acquire(repository.state())? else {
        say!("the shop is running already");
        wait_until_ready(repository).await?;
        summary::print(&repository.addresses()?, terminal);
        let logs = repository.state().logs();
        tokio::select! {
            outcome = follow_all(&logs, terminal) => outcome?,
            outcome = asked_to_stop() => outcome?,
        }
        say!("no longer following the logs; `just down` stops the shop");
        return Ok(ExitCode::SUCCESS);
    };
    let diary = logs::append(&repository.state().log("up"))?;
    supervise(repository, options, register, Some(diary), async |addresses| {
        summary::print(&addresses, terminal);
        follow_all(&repository.state().logs(), terminal).await
    })
    .await
}

/// What `--detach` runs: without a terminal, and silent unless something dies.
pub(crate) async fn in_background(repository: &Repository, options: &Options) -> Result<ExitCode> {
    // A session of its own: closing the terminal must not end the shop.
    rustix::process::setsid()?;
    let register = Register::acquire(repository.state())?.ok_or_else(|| anyhow!("the shop is running already"))?;
    supervise(repository, options, register, None, async |_| std::future::pending().await).await
}

/// Starts the shop, stays until somebody asks it to stop, and stops it.
async fn supervise(
    repository: &Repository,
    options: &Options,
    register: Register,
    diary: Option<File>,
    stay: impl AsyncFnOnce(Addresses) -> Result<()>,
) -> Result<ExitCode> {
    let supervisor = Supervisor::recorded(register.clone());
    let mut teller = Teller::listening_to(&supervisor, diary);
    let mut started = Started::default();
    let life = async {
        let work = async {
            let addresses = start::start(repository, options, &register, supervisor, &mut started).await?;
            register.set_ready()?;
            stay(addresses).await
        };
        let outcome = tokio::select! {
            outcome = work => outcome,
            outcome = asked_to_stop() => outcome,
        };
        if outcome.is_ok() {
            say!("stopping");
        }
        let stopped = started.stop().await;
        outcome.and(stopped)
    };
    tokio::select! {
        outcome = life => outcome?,
        () = teller.tell() => {}
    }
    say!("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn asked_to_stop() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

async fn wait_until_ready(repository: &Repository) -> Result<()> {
    wait::until("the shop being ready", START_LIMIT, async || {
        let running = Running::read(repository.state())?;
        Ok(if running.supervisor.is_some_and(|supervisor| supervisor.ready) {
            Look::There(())
        } else {
            Look::NotYet("it is still starting".to_owned())
        })
    })
    .await?;
    Ok(())
}
