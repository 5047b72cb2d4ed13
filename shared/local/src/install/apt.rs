//! Debian and Ubuntu.

use tokio::process::Command;

use super::{runs, show};
use crate::account::is_root;
use crate::error::Result;

pub(super) struct Apt {
    sudo: bool,
}

impl Apt {
    /// None where there is no apt, or no right to use it without a password.
    pub(super) async fn find() -> Option<Self> {
        if !runs("apt-get", &["--version"]).await {
            return None;
        }
        if is_root() {
            return Some(Self { sudo: false });
        }
        runs("sudo", &["-n", "true"]).await.then_some(Self { sudo: true })
    }

    pub(super) async fn install(&self, package: &str) -> Result<()> {
        // Without this a fresh image knows no package, and an old one asks for versions long gone.
        show(self.apt_get(&["update"])).await?;
        show(self.apt_get(&["install", "--yes", "--no-install-recommends", package])).await
    }

    fn apt_get(&self, arguments: &[&str]) -> Command {
        let words = ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
        let words = if self.sudo { &words[..] } else { &words[2..] };
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(arguments);
        command
    }
}
