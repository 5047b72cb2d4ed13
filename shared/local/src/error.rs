//! Everything that can go wrong while a shop is started on this machine, worded so that the reader
//! knows what to do next.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::Command;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot {doing}: {source}")]
    Io { doing: String, source: io::Error },

    #[error("this is not below a clone of LiveMart (no {mark} above {}); change to one first", here.display())]
    NoClone { mark: &'static str, here: PathBuf },

    #[error("{} is not what was written there ({source}); `just reset` starts afresh", path.display())]
    State { path: PathBuf, source: serde_json::Error },

    #[error("{server} {minimum} or newer is needed ({found}); {remedy}")]
    MissingServer { server: &'static str, minimum: &'static str, found: String, remedy: String },

    #[error("{what} is needed to check what this clone holds; run `livemart install`, or put it in PATH")]
    MissingChecker { what: String },

    #[error("`{command}` failed ({status})\n{output}")]
    Command { command: String, status: ExitStatus, output: String },

    #[error("port {port} ({variable}) is taken by another program; stop it, or set {variable} to a free port")]
    PortTaken { variable: String, port: u16 },

    #[error("{variable}={value} is not a port between 1 and 65535")]
    PortInvalid { variable: String, value: String },

    #[error("no free port found on 127.0.0.1")]
    NoFreePort,

    #[error(
        "{what} did not come within {} s{}",
        waited.as_secs(),
        last_problem.as_deref().map(|problem| format!(": {problem}")).unwrap_or_default()
    )]
    TimedOut { what: String, waited: Duration, last_problem: Option<String> },

    #[error("{name} does not stay up ({how}); the end of {}:\n{tail}", log.display())]
    Died { name: String, how: String, log: PathBuf, tail: String },

    #[error("{name} did not become ready within {} s ({why}); the end of {}:\n{tail}", waited.as_secs(), log.display())]
    NotReady { name: String, why: String, waited: Duration, log: PathBuf, tail: String },

    #[error("{name} is not part of this shop (known: {known})")]
    UnknownService { name: String, known: String },

    #[error("{} is not there; build it first: cargo build --workspace --bins", path.display())]
    MissingBinary { path: PathBuf },

    #[error("NATS at {url}: {problem}")]
    Nats { url: String, problem: String },

    #[error("{}: {problem}", path.display())]
    Definition { path: PathBuf, problem: String },

    #[error("the keeper of {0} is gone, so nothing can be asked of it any more")]
    KeeperGone(String),
}

impl Error {
    pub(crate) fn state(path: &Path, source: serde_json::Error) -> Self {
        Self::State { path: path.to_owned(), source }
    }

    pub(crate) fn command(command: &Command, status: ExitStatus, output: String) -> Self {
        Self::Command { command: command_line(command), status, output }
    }
}

/// As a person would have typed it.
pub(crate) fn command_line(command: &Command) -> String {
    let command = command.as_std();
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Says what was being done when the operating system refused.
pub(crate) trait Doing<T> {
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<io::Error>> Doing<T> for std::result::Result<T, E> {
    fn doing(self, doing: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Error::Io { doing: doing(), source: source.into() })
    }
}
