//! The register of running processes: `processes.json`.
//!
//! Servers and services survive a `kill -9` of their supervisor, so that its death is not the
//! shop's. The next `up`, and `down` and `status` at any time, find them here, by pid and start.

use std::fs::{File, OpenOptions, TryLockError};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use crate::error::{Doing as _, Result};
use crate::identity::ProcessIdentity;
use crate::program::{Kind, Program, STOP_LIMIT, StopSignal};
use crate::state::{StateDirectory, read_json, write_json};
use crate::wait::{self, Look};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Running {
    pub supervisor: Option<RunningSupervisor>,
    /// In the order they were started.
    pub processes: Vec<RunningProcess>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunningSupervisor {
    #[serde(flatten)]
    pub identity: ProcessIdentity,
    /// Whether everything was up and seeded once.
    pub ready: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunningProcess {
    pub name: String,
    pub kind: Kind,
    #[serde(flatten)]
    pub identity: ProcessIdentity,
    pub stop_signal: StopSignal,
}

impl Running {
    /// What the register says, without those that are gone.
    pub fn read(state: &StateDirectory) -> Result<Self> {
        let mut running: Self = read_json(&state.processes())?.unwrap_or_default();
        running.supervisor.take_if(|supervisor| !supervisor.identity.is_alive());
        running.processes.retain(|process| process.identity.is_alive());
        Ok(running)
    }
}

/// The right to run a shop in a state directory; one process at a time has it.
#[derive(Clone, Debug)]
pub struct Register {
    state: StateDirectory,
    content: Arc<Mutex<Running>>,
    /// Held by the kernel for us, hence gone with us.
    _lock: Arc<File>,
}

impl Register {
    /// None when another process holds it.
    pub fn acquire(state: &StateDirectory) -> Result<Option<Self>> {
        let path = state.path("supervisor.lock");
        let naming = || format!("lock {}", path.display());
        let lock = OpenOptions::new().create(true).append(true).open(&path).doing(naming)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error).doing(naming),
        }
        let register =
            Self { state: state.clone(), content: Arc::new(Mutex::new(Running::read(state)?)), _lock: Arc::new(lock) };
        register.change(|running| {
            running.supervisor =
                ProcessIdentity::current().map(|identity| RunningSupervisor { identity, ready: false });
        })?;
        Ok(Some(register))
    }

    /// Ends what an earlier supervisor left behind, last started first, and names it.
    pub async fn end_leftovers(&self) -> Result<Vec<String>> {
        let leftovers = self.lock().processes.clone();
        let mut names = Vec::new();
        for leftover in leftovers.into_iter().rev() {
            end(&leftover).await?;
            self.change(|running| running.processes.retain(|one| one.name != leftover.name))?;
            names.push(leftover.name);
        }
        Ok(names)
    }

    pub fn set_ready(&self) -> Result<()> {
        self.change(|running| {
            if let Some(supervisor) = &mut running.supervisor {
                supervisor.ready = true;
            }
        })
    }

    pub(crate) fn add(&self, program: &Program, identity: &ProcessIdentity) -> Result<()> {
        self.change(|running| {
            running.processes.retain(|one| one.name != program.name);
            running.processes.push(RunningProcess {
                name: program.name.clone(),
                kind: program.kind,
                identity: identity.clone(),
                stop_signal: program.stop_signal,
            });
        })
    }

    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        self.change(|running| running.processes.retain(|one| one.name != name))
    }

    fn change(&self, edit: impl FnOnce(&mut Running)) -> Result<()> {
        let mut running = self.lock();
        edit(&mut running);
        write_json(&self.state.processes(), &*running)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Running> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a process that is not our child: asked first, then killed.
pub async fn end(process: &RunningProcess) -> Result<()> {
    process.identity.signal(process.stop_signal.signal());
    if gone(process).await.is_ok() {
        return Ok(());
    }
    process.identity.signal(Signal::KILL);
    gone(process).await
}

async fn gone(process: &RunningProcess) -> Result<()> {
    wait::until(format!("the end of {}", process.name), STOP_LIMIT, async || {
        Ok(if process.identity.is_alive() {
            Look::NotYet(format!("pid {} is still there", process.identity.pid))
        } else {
            Look::There(())
        })
    })
    .await
}
