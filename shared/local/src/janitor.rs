//! Removes the files of servers that are thrown away, however this process ends.
//!
//! Servers that tests share are never dropped, a process that is killed drops nothing, and servers that are being killed
//! may still write. So a shell waits for the end of this process, or for the drop, and removes their directory then.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};

use crate::error::{Doing as _, Result};

/// Tries for as long as the servers take to die: ten seconds.
const SCRIPT: &str = r#"read -r _
for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" 2>/dev/null && exit; sleep 1; done"#;

/// Dropping it begins the removal: the shell reads the end of this pipe.
#[derive(Debug)]
pub struct Janitor(#[expect(dead_code, reason = "held for its drop")] Option<ChildStdin>);

impl Janitor {
    pub fn of(directory: &Path) -> Result<Self> {
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C ends the programs around it; it must not end the cleaning.
            .process_group(0)
            .spawn();
        Ok(Self(shell.doing(|| "run /bin/sh".to_owned())?.stdin.take()))
    }
}
