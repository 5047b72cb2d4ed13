//! Debian and Ubuntu.

use std::path::Path;

use tokio::process::Command;

use super::{runs, show};
use crate::account::is_root;
use crate::error::{Doing as _, Result};

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

    /// Unpacks a package into a directory, without installing it: a package's own way to be installed may start a server.
    pub(super) async fn unpack(&self, package: &str, into: &Path) -> Result<()> {
        show(self.apt_get(&["update"])).await?;
        let scratch = tempfile::tempdir().doing(|| "make a directory for a download".to_owned())?;
        let mut download = Command::new("apt-get");
        // As root, apt would hand the download to a user who may not write there, and say so.
        download.args(["-o", "APT::Sandbox::User=root", "download", package]).current_dir(scratch.path());
        show(download).await?;
        let naming = || format!("find what apt put into {}", scratch.path().display());
        for entry in std::fs::read_dir(scratch.path()).doing(naming)? {
            let mut unpack = Command::new("dpkg-deb");
            unpack.arg("--extract").arg(entry.doing(naming)?.path()).arg(into);
            show(unpack).await?;
        }
        Ok(())
    }

    fn apt_get(&self, arguments: &[&str]) -> Command {
        let words = ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
        let words = if self.sudo { &words[..] } else { &words[2..] };
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(arguments);
        command
    }
}
