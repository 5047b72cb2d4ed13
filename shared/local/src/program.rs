//! What is run: a server or a service, with everything its process needs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use tokio::process::{Child, Command};

use crate::account::Account;
use crate::error::{Doing as _, Result};
use crate::guard::{self, Leash};
use crate::logs;

/// What a service may take to finish its work in flight; a server is given the same.
pub const STOP_LIMIT: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Server,
    Service,
}

/// How a process is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopSignal {
    Terminate,
    /// Postgres waits for its clients on SIGTERM and ends them on SIGINT.
    Interrupt,
}

impl StopSignal {
    pub(crate) fn signal(self) -> Signal {
        match self {
            Self::Terminate => Signal::TERM,
            Self::Interrupt => Signal::INT,
        }
    }
}

/// Whose life a process shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// It dies with this process, however this one dies: for tests.
    Guarded,
    /// It goes on when this process is killed; the next start finds it in the register.
    Independent,
}

#[derive(Clone, Debug)]
pub struct Program {
    pub name: String,
    pub kind: Kind,
    pub executable: PathBuf,
    pub arguments: Vec<OsString>,
    /// On top of our own environment.
    pub environment: BTreeMap<String, String>,
    pub directory: PathBuf,
    /// None: ours.
    pub account: Option<Account>,
    pub log: PathBuf,
    pub stop_signal: StopSignal,
}

impl Program {
    pub(crate) fn spawn(&self, lifetime: Lifetime, once: &BTreeMap<String, String>) -> Result<(Child, Option<Leash>)> {
        let log = logs::append(&self.log)?;
        let errors = log.try_clone().doing(|| format!("open {}", self.log.display()))?;
        let mut command = match lifetime {
            Lifetime::Guarded => guard::command(&self.executable, &self.arguments),
            Lifetime::Independent => {
                let mut command = Command::new(&self.executable);
                command.args(&self.arguments).stdin(Stdio::null());
                command
            }
        };
        command
            .envs(&self.environment)
            .envs(once)
            .current_dir(&self.directory)
            .stdout(log)
            .stderr(errors)
            // Ctrl-C in the terminal is for us alone: we stop the others, in order.
            .process_group(0)
            .kill_on_drop(true);
        if let Some(account) = &self.account {
            command.uid(account.uid).gid(account.gid);
        }
        let mut child = command.spawn().doing(|| format!("start {} ({})", self.name, self.executable.display()))?;
        let leash = Leash::of(&mut child);
        Ok((child, leash))
    }
}
