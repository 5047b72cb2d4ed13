//! macOS, and Linux machines whose owner prefers Homebrew.

use tokio::process::Command;

use super::{runs, show};
use crate::error::Result;

pub(super) async fn is_there() -> bool {
    runs("brew", &["--version"]).await
}

/// A program with a window, which Homebrew keeps apart.
pub(super) async fn install_cask(cask: &str) -> Result<()> {
    let mut command = Command::new("brew");
    command.args(["install", "--cask", cask]);
    show(command).await
}

pub(super) async fn install(formula: &str) -> Result<()> {
    let mut command = Command::new("brew");
    command.args(["install", formula]);
    show(command).await
}
