//! Children that die with this process, however it dies.
//!
//! A test that is killed runs no destructor, and what it started would stay for ever. Linux could
//! tie the two together (`PR_SET_PDEATHSIG`), but only through unsafe code, only for the *thread*
//! that spawned, and not elsewhere. A pipe does it everywhere: its write end is ours alone, so the
//! kernel closes it whatever ends us, and a small shell that waits on the read end then kills.
//!
//! The shell forks the watcher first and then *becomes* the program (`exec`), so the pid, the exit
//! status and the signals are the program's own. The watcher is forked twice to be init's child: a
//! server that waits for all its children, as Postgres does, must not meet one it did not start.
//! `$$` stays the pid of the first shell in every subshell, and exec keeps it.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin, Command};

/// A line on the pipe means "it has ended and was reaped, its pid may be another's by now"; end of
/// file without one means that we are gone.
const SCRIPT: &str = r#"exec 3<&0 </dev/null
( (read -r released <&3 || kill -9 $$) >/dev/null 2>&1 & )
exec 3<&-
exec "$@""#;

pub(crate) fn command(executable: &Path, arguments: &[OsString]) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", SCRIPT, "sh"]).arg(executable).args(arguments).stdin(Stdio::piped());
    command
}

/// Our end of the pipe. Dropping it kills the program.
#[derive(Debug)]
pub(crate) struct Leash(ChildStdin);

impl Leash {
    pub(crate) fn of(child: &mut Child) -> Option<Self> {
        child.stdin.take().map(Self)
    }

    /// Call when the program has been reaped, so that its pid is never killed again.
    pub(crate) async fn release(mut self) {
        // The watcher is only gone if somebody killed it, and then there is nobody to tell.
        let _ = self.0.write_all(b"\n").await;
    }
}
