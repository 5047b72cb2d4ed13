//! The task that owns one child process.

use std::collections::BTreeMap;
use std::future;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::process::Child;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant as Moment, sleep_until, timeout};

use super::{Event, Restart, State, Supervisor, What};
use crate::backoff::BackOff;
use crate::error::Result;
use crate::guard::Leash;
use crate::identity::{self, ProcessIdentity};
use crate::logs::{self, LOG_LIMIT};
use crate::program::{Program, STOP_LIMIT};

/// How often the size of the log is looked at: even a flood of 10 MB/s stays bearable between two.
const LOG_CHECK: Duration = Duration::from_secs(5);

type Done = oneshot::Sender<Result<()>>;

#[derive(Debug)]
pub(super) enum Command {
    Stop(Done),
    Kill(Done),
    KillForGood(Done),
    Start { once: BTreeMap<String, String>, done: Done },
}

struct Process {
    child: Child,
    leash: Option<Leash>,
    since: Instant,
}

/// What the keeper does next.
enum Next {
    Watch(Box<Process>),
    /// Until somebody asks, or until the moment comes.
    Rest(Option<Moment>),
    /// Nobody holds a handle any more.
    Leave,
}

pub(super) struct Keeper {
    supervisor: Supervisor,
    program: Arc<Program>,
    restart: Restart,
    state: watch::Sender<State>,
    back_off: BackOff,
    first: Option<Box<Process>>,
}

impl Keeper {
    pub(super) fn start(
        supervisor: Supervisor,
        program: Arc<Program>,
        restart: Restart,
        once: BTreeMap<String, String>,
    ) -> Result<(Self, watch::Receiver<State>)> {
        let (state, follower) = watch::channel(State::Down { status: None });
        let mut keeper = Self { supervisor, program, restart, state, back_off: BackOff::default(), first: None };
        keeper.first = Some(keeper.spawn(&once)?);
        Ok((keeper, follower))
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        let mut next = match self.first.take() {
            Some(process) => Next::Watch(process),
            None => Next::Rest(None),
        };
        loop {
            next = match next {
                Next::Watch(process) => self.watch(process, &mut inbox).await,
                Next::Rest(until) => self.rest(until, &mut inbox).await,
                Next::Leave => return,
            }
        }
    }

    async fn watch(&mut self, mut process: Box<Process>, inbox: &mut mpsc::Receiver<Command>) -> Next {
        let mut log_check = tokio::time::interval(LOG_CHECK);
        loop {
            tokio::select! {
                status = process.child.wait() => {
                    let delay = self.back_off.after_running_for(process.since.elapsed());
                    return self.died(process, status.ok(), delay).await;
                }
                command = inbox.recv() => match command {
                    Some(Command::Start { done, .. }) => drop(done.send(Ok(()))),
                    Some(Command::Kill(done)) => {
                        let status = kill(&mut process).await;
                        let next = self.died(process, status, BackOff::after_being_killed()).await;
                        let _ = done.send(Ok(()));
                        return next;
                    }
                    Some(Command::KillForGood(done)) => {
                        let status = kill(&mut process).await;
                        self.ended(process, status).await;
                        let _ = done.send(Ok(()));
                        return Next::Rest(None);
                    }
                    Some(Command::Stop(done)) => {
                        let status = self.stop(&mut process).await;
                        self.ended(process, status).await;
                        let _ = done.send(Ok(()));
                        return Next::Rest(None);
                    }
                    None => {
                        let status = kill(&mut process).await;
                        self.ended(process, status).await;
                        return Next::Leave;
                    }
                },
                _ = log_check.tick() => self.bound_log(),
            }
        }
    }

    async fn rest(&mut self, until: Option<Moment>, inbox: &mut mpsc::Receiver<Command>) -> Next {
        tokio::select! {
            () = reached(until) => self.start_again(BTreeMap::new()).0,
            command = inbox.recv() => match command {
                Some(Command::Start { once, done }) => {
                    let (next, outcome) = self.start_again(once);
                    let _ = done.send(outcome);
                    next
                }
                Some(Command::Kill(done)) => {
                    let _ = done.send(Ok(()));
                    Next::Rest(until)
                }
                Some(Command::Stop(done) | Command::KillForGood(done)) => {
                    self.state.send_replace(State::Down { status: None });
                    let _ = done.send(Ok(()));
                    Next::Rest(None)
                }
                None => Next::Leave,
            },
        }
    }

    fn spawn(&self, once: &BTreeMap<String, String>) -> Result<Box<Process>> {
        let (mut child, leash) = self.program.spawn(self.supervisor.lifetime, once)?;
        let pid = child.id().unwrap_or_default();
        // A program that has already ended has no identity left; the watch finds it dead at once.
        let identity = ProcessIdentity::of(pid).unwrap_or(ProcessIdentity { pid, started: String::new() });
        if let Some(register) = &self.supervisor.register
            && let Err(error) = register.add(&self.program, &identity)
        {
            // Unrecorded it would be lost with us: better not to have it at all.
            let _ = child.start_kill();
            return Err(error);
        }
        self.state.send_replace(State::Running(identity));
        self.tell(What::Started { pid });
        Ok(Box::new(Process { child, leash, since: Instant::now() }))
    }

    fn start_again(&mut self, once: BTreeMap<String, String>) -> (Next, Result<()>) {
        match self.spawn(&once) {
            Ok(process) => (Next::Watch(process), Ok(())),
            Err(error) => {
                let why = error.to_string();
                let delay = self.back_off.after_running_for(Duration::ZERO);
                let again_in = self.again_in(delay);
                self.set_waiting(&why, again_in, None);
                self.tell(What::CannotStart { why, again_in });
                (rest_for(again_in), Err(error))
            }
        }
    }

    /// It ended without being asked to stay down.
    async fn died(&mut self, process: Box<Process>, status: Option<ExitStatus>, delay: Duration) -> Next {
        self.reaped(process).await;
        let how = status.map_or_else(|| "lost".to_owned(), |status| status.to_string());
        let again_in = self.again_in(delay);
        self.set_waiting(&how, again_in, status);
        self.tell(What::Died { how, again_in });
        rest_for(again_in)
    }

    /// It ended because it was asked to, and stays down.
    async fn ended(&mut self, process: Box<Process>, status: Option<ExitStatus>) {
        self.reaped(process).await;
        // Whoever starts it next begins a new story.
        self.back_off = BackOff::default();
        self.state.send_replace(State::Down { status });
        self.tell(What::Stopped);
    }

    async fn stop(&self, process: &mut Process) -> Option<ExitStatus> {
        if let Some(pid) = process.child.id() {
            identity::send(pid, self.program.stop_signal.signal());
        }
        match timeout(STOP_LIMIT, process.child.wait()).await {
            Ok(status) => status.ok(),
            Err(_) => kill(process).await,
        }
    }

    async fn reaped(&self, process: Box<Process>) {
        if let Some(leash) = process.leash {
            leash.release().await;
        }
        if let Some(register) = &self.supervisor.register {
            // An entry too many is harmless: whoever reads the register checks who is alive.
            let _ = register.remove(&self.program.name);
        }
    }

    fn again_in(&self, delay: Duration) -> Option<Duration> {
        match self.restart {
            Restart::Never => None,
            Restart::WithBackOff => Some(delay),
        }
    }

    fn set_waiting(&self, how: &str, again_in: Option<Duration>, status: Option<ExitStatus>) {
        self.state.send_replace(match again_in {
            Some(_) => State::Waiting { how: how.to_owned(), deaths: self.back_off.deaths() },
            None => State::Down { status },
        });
    }

    fn bound_log(&self) {
        if let Err(error) = logs::bound(&self.program.log, LOG_LIMIT) {
            self.tell(What::LogUnbounded { why: error.to_string() });
        }
    }

    fn tell(&self, what: What) {
        // An error only says that nobody listens.
        let _ = self.supervisor.events.send(Event { name: self.program.name.clone(), what });
    }
}

async fn kill(process: &mut Process) -> Option<ExitStatus> {
    // An error only says that it has already ended.
    let _ = process.child.start_kill();
    process.child.wait().await.ok()
}

fn rest_for(delay: Option<Duration>) -> Next {
    Next::Rest(delay.map(|delay| Moment::now() + delay))
}

async fn reached(moment: Option<Moment>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => future::pending().await,
    }
}
