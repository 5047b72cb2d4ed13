//! Which process is meant. A pid alone is not enough: after a crash it may have been given to some
//! other program, and that one must not be ended. A pid together with its start is never used twice.

use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessIdentity {
    pub pid: u32,
    /// Opaque; compared, never interpreted.
    pub started: String,
}

impl ProcessIdentity {
    /// None when there is no such process, or only its unreaped remains.
    pub fn of(pid: u32) -> Option<Self> {
        start_of(pid).map(|started| Self { pid, started })
    }

    pub fn current() -> Option<Self> {
        Self::of(std::process::id())
    }

    pub fn is_alive(&self) -> bool {
        Self::of(self.pid).is_some_and(|now| now == *self)
    }

    /// Does nothing when the process is gone.
    pub fn signal(&self, signal: Signal) {
        if self.is_alive() {
            send(self.pid, signal);
        }
    }
}

/// A process that is already gone is what the sender of a signal wanted, so there is no error.
pub(crate) fn send(pid: u32, signal: Signal) {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
        return;
    };
    let _ = rustix::process::kill_process(pid, signal);
}

/// Ticks since boot are only unique within one boot, hence its id in front.
#[cfg(target_os = "linux")]
fn start_of(pid: u32) -> Option<String> {
    /// Counted from the field after the command, which is the third of proc_pid_stat(5).
    const STATE: usize = 0;
    const START_TIME: usize = 19;

    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command may itself contain spaces and parentheses: the last one ends it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    if matches!(*fields.get(STATE)?, "Z" | "X") {
        return None;
    }
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Some(format!("{}:{}", boot.trim(), fields.get(START_TIME)?))
}

#[cfg(not(target_os = "linux"))]
fn start_of(pid: u32) -> Option<String> {
    let output = std::process::Command::new("ps")
        .args(["-o", "state=,lstart=", "-p", &pid.to_string()])
        .env("LC_ALL", "C")
        .output()
        .ok()?;
    let line = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let (state, started) = line.split_once(' ')?;
    (!state.starts_with('Z')).then(|| started.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_recognises_itself() {
        assert!(ProcessIdentity::current().unwrap().is_alive());
    }

    #[test]
    fn a_reused_pid_is_somebody_else() {
        let mut reused = ProcessIdentity::current().unwrap();
        reused.started.push('0');
        assert!(!reused.is_alive());
    }

    #[test]
    fn an_unreaped_child_counts_as_gone() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
        while ProcessIdentity::of(child.id()).is_some() {
            assert!(std::time::Instant::now() < deadline, "`true` does not end");
            std::thread::yield_now();
        }
        child.wait().unwrap();
    }
}
