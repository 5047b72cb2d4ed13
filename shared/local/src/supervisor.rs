//! Starts processes, keeps them running, stops them, and tells who listens.
//!
//! Every process has a keeper: one task that owns the child and is the only one to signal it, so a
//! signal can never reach a pid that was reaped and given away. The handle ([`Supervised`]) asks
//! the keeper and follows its state.

mod keeper;

use std::collections::BTreeMap;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::error::{Error, Result};
use crate::identity::ProcessIdentity;
use crate::logs;
use crate::program::{Lifetime, Program};
use crate::register::Register;
use keeper::{Command, Keeper};

/// Events a slow listener may be behind before it misses the oldest.
const EVENT_BACKLOG: usize = 256;
/// Questions to a keeper that may wait at once; askers beyond it wait their turn.
const COMMAND_BACKLOG: usize = 8;

/// Lines of a log that an error shows: enough for a panic with its backtrace's head.
const TAIL_LINES: usize = 25;
/// Deaths during a start after which waiting any longer is pointless. The first may come from a
/// predecessor that is still letting go of its files.
const HOPELESS: u32 = 3;

/// What happens after a process died without having been asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    Never,
    WithBackOff,
}

/// What happened to a process.
#[derive(Clone, Debug)]
pub struct Event {
    pub name: String,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Started { pid: u32 },
    Died { how: String, again_in: Option<Duration> },
    CannotStart { why: String, again_in: Option<Duration> },
    Stopped,
    LogUnbounded { why: String },
}

/// How a process is at the moment.
#[derive(Clone, Debug)]
pub enum State {
    Running(ProcessIdentity),
    /// Died, and will be started again. `deaths` counts those in a row that nobody asked for.
    Waiting {
        how: String,
        deaths: u32,
    },
    /// Stopped, or died with [`Restart::Never`].
    Down {
        status: Option<ExitStatus>,
    },
}

/// Cheap to clone; all clones share the listeners.
#[derive(Clone, Debug)]
pub struct Supervisor {
    lifetime: Lifetime,
    register: Option<Register>,
    events: broadcast::Sender<Event>,
}

impl Supervisor {
    /// For tests: every process dies with this one.
    pub fn guarded() -> Self {
        Self::new(Lifetime::Guarded, None)
    }

    /// For a shop that outlives its supervisor: every process is entered in the register.
    pub fn recorded(register: Register) -> Self {
        Self::new(Lifetime::Independent, Some(register))
    }

    fn new(lifetime: Lifetime, register: Option<Register>) -> Self {
        Self { lifetime, register, events: broadcast::Sender::new(EVENT_BACKLOG) }
    }

    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Starts a program and keeps it.
    pub fn start(&self, program: Program, restart: Restart) -> Result<Supervised> {
        self.start_once_with(program, restart, BTreeMap::new())
    }

    /// As [`start`](Self::start), with an environment that only the first process gets: a fault
    /// asked for by it happens once, and the restart shows the recovery.
    pub fn start_once_with(
        &self,
        program: Program,
        restart: Restart,
        once: BTreeMap<String, String>,
    ) -> Result<Supervised> {
        let (commands, inbox) = mpsc::channel(COMMAND_BACKLOG);
        let program = Arc::new(program);
        let (keeper, state) = Keeper::start(self.clone(), Arc::clone(&program), restart, once)?;
        tokio::spawn(keeper.run(inbox));
        Ok(Supervised { program, commands, state })
    }
}

/// A process that is kept. Dropping the last handle kills it.
#[derive(Clone, Debug)]
pub struct Supervised {
    program: Arc<Program>,
    commands: mpsc::Sender<Command>,
    state: watch::Receiver<State>,
}

impl Supervised {
    pub fn name(&self) -> &str {
        &self.program.name
    }

    pub fn program(&self) -> &Program {
        &self.program
    }

    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// None while it is down.
    pub fn pid(&self) -> Option<u32> {
        match &*self.state.borrow() {
            State::Running(identity) => Some(identity.pid),
            State::Waiting { .. } | State::Down { .. } => None,
        }
    }

    /// For those who wait until it is ready: an error when that will not come.
    pub fn expect_alive(&self) -> Result<()> {
        let how = match self.state() {
            State::Waiting { how, deaths } if deaths >= HOPELESS => how,
            State::Down { status } => status.map_or_else(|| "stopped".to_owned(), |s| s.to_string()),
            State::Running(_) | State::Waiting { .. } => return Ok(()),
        };
        let log = self.program.log.clone();
        Err(Error::Died { name: self.name().to_owned(), how, tail: logs::tail(&log, TAIL_LINES), log })
    }

    /// For those who have waited for it to be ready in vain.
    pub(crate) fn not_ready(&self, why: String, waited: Duration) -> Error {
        let log = self.program.log.clone();
        Error::NotReady { name: self.name().to_owned(), why, waited, tail: logs::tail(&log, TAIL_LINES), log }
    }

    /// Kills it without waiting for its end, for destructors.
    pub fn kill_now(&self) {
        if let State::Running(identity) = self.state() {
            identity.signal(Signal::KILL);
        }
    }

    /// Waits until it is down for good: stopped, or died with [`Restart::Never`].
    pub async fn down(&self) -> Option<ExitStatus> {
        let mut state = self.state.clone();
        let down = state.wait_for(|state| matches!(state, State::Down { .. })).await;
        match down.as_deref() {
            Ok(State::Down { status }) => *status,
            _ => None,
        }
    }

    /// Asks it to stop and waits; kills it after [`STOP_LIMIT`](crate::program::STOP_LIMIT).
    pub async fn stop(&self) -> Result<()> {
        self.ask(Command::Stop).await
    }

    /// `kill -9`, and waits until it is gone. Whether it comes back is up to its [`Restart`].
    pub async fn kill(&self) -> Result<()> {
        self.ask(Command::Kill).await
    }

    /// `kill -9`, and it stays down until [`start`](Self::start).
    pub async fn kill_for_good(&self) -> Result<()> {
        self.ask(Command::KillForGood).await
    }

    /// Starts it now if it is down.
    pub async fn start(&self) -> Result<()> {
        self.start_once_with(BTreeMap::new()).await
    }

    /// Starts it now if it is down, with an environment that only this one process gets.
    pub async fn start_once_with(&self, once: BTreeMap<String, String>) -> Result<()> {
        self.ask(|done| Command::Start { once, done }).await
    }

    async fn ask(&self, command: impl FnOnce(oneshot::Sender<Result<()>>) -> Command) -> Result<()> {
        let (done, answer) = oneshot::channel();
        let gone = || Error::KeeperGone(self.name().to_owned());
        self.commands.send(command(done)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}
