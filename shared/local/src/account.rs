//! Under which user a server runs. Postgres refuses to run as root, so a shop that is started by
//! root runs it as the account its package made for it.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::error::{Doing as _, Error, Result};

/// `postgres` comes with the packages; `nobody` is everywhere.
const CANDIDATES: [&str; 2] = ["postgres", "nobody"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

impl Account {
    /// The account for Postgres: none (that is, ours) unless we are root.
    pub async fn for_postgres() -> Result<Option<Self>> {
        if !is_root() {
            return Ok(None);
        }
        for name in CANDIDATES {
            if let (Some(uid), Some(gid)) = (numeric_id("-u", name).await, numeric_id("-g", name).await) {
                return Ok(Some(Self { name: name.to_owned(), uid, gid }));
            }
        }
        Err(Error::Io {
            doing: format!("find a user to run Postgres as (tried {CANDIDATES:?}; it refuses to run as root)"),
            source: std::io::ErrorKind::NotFound.into(),
        })
    }

    /// Whether this account can reach `directory`; parents may be closed to it, as /root is.
    pub async fn can_enter(&self, directory: &Path) -> Result<bool> {
        let status = Command::new("/bin/sh")
            .args(["-c", r#"cd "$1""#, "sh"])
            .arg(directory)
            .uid(self.uid)
            .gid(self.gid)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .await
            .doing(|| format!("run /bin/sh as {}", self.name))?;
        Ok(status.success())
    }
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// By `id`, as only that knows users from directories other than /etc/passwd.
async fn numeric_id(which: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([which, name]).output().await.ok()?;
    if !output.status.success() {
        return None;
    }
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}
