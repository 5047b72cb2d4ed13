//! Stripe's own mock of its API, which checks the shape of requests: a program in Go, built from its module. For tests only.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::apt::Apt;
use super::{brew, runs, show};
use crate::error::{Doing as _, Error, Result};

/// Exact: it carries the description of the API that requests are checked by.
const MODULE: &str = "github.com/stripe/stripe-mock@v0.203.0";
/// Its directory, below that of tools.
const DIRECTORY: &str = "stripe-mock";
/// In the directory: which module it was built from.
const MADE_WITH: &str = "module.txt";
/// Where Go's own installer puts it; not every shell has it in PATH.
const GO_PLACES: [&str; 2] = ["/usr/local/go/bin/go", "/opt/homebrew/bin/go"];

/// Where it is.
pub fn stripe_mock(tools: &Path) -> Result<PathBuf> {
    let directory = tools.join(DIRECTORY);
    let program = directory.join("stripe-mock");
    let made_with = fs::read_to_string(directory.join(MADE_WITH)).unwrap_or_default();
    if made_with == MODULE && program.is_file() { Ok(program) } else { Err(missing("stripe-mock")) }
}

/// Builds it, if it is missing; installs Go for that where there is none.
pub async fn ensure_stripe_mock(tools: &Path, say: impl Fn(&str)) -> Result<PathBuf> {
    if stripe_mock(tools).is_err() {
        let go = match find_go().await {
            Some(go) => go,
            None => install_go(&say).await?,
        };
        say("building stripe-mock from its Go module, for the tests of this clone only (a minute)");
        let directory = tools.join(DIRECTORY);
        fs::create_dir_all(&directory).doing(|| format!("create {}", directory.display()))?;
        let mut build = Command::new(go);
        build.args(["install", MODULE]).env("GOBIN", &directory);
        show(build).await?;
        let stamp = directory.join(MADE_WITH);
        fs::write(&stamp, MODULE).doing(|| format!("write {}", stamp.display()))?;
    }
    stripe_mock(tools)
}

async fn find_go() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let candidates = env::split_paths(&path).map(|directory| directory.join("go"));
    for candidate in candidates.chain(GO_PLACES.map(PathBuf::from)) {
        if runs(&candidate.to_string_lossy(), &["version"]).await {
            return Some(candidate);
        }
    }
    None
}

async fn install_go(say: &impl Fn(&str)) -> Result<PathBuf> {
    if brew::is_there().await {
        say("installing go with Homebrew, to build stripe-mock");
        brew::install("go").await?;
    } else {
        let Some(apt) = Apt::find().await else { return Err(missing("Go (Debian's package: golang-go)")) };
        say("installing golang-go with apt, to build stripe-mock");
        apt.install("golang-go").await?;
    }
    find_go().await.ok_or_else(|| missing("Go"))
}

fn missing(what: &str) -> Error {
    Error::MissingChecker { what: what.to_owned() }
}
