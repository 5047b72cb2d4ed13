//! Removes the files of test servers, however the test process ends.
//!
//! Servers that tests share are never dropped, and those of a test that fails may still write while they are being
//! killed. So a shell waits for the end of this process, or for the drop, and removes their directory then.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};

/// Tries for as long as the servers take to die: ten seconds.
const SCRIPT: &str = r#"read -r _
for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" 2>/dev/null && exit; sleep 1; done"#;

/// Dropping it begins the removal: the shell reads the end of this pipe.
#[derive(Debug)]
pub(crate) struct Janitor(#[expect(dead_code, reason = "held for its drop")] Option<ChildStdin>);

impl Janitor {
    pub(crate) fn of(directory: &Path) -> Self {
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C ends the tests; it must not end the cleaning.
            .process_group(0)
            .spawn();
        Self(shell.unwrap_or_else(|error| panic!("/bin/sh cannot be started: {error}")).stdin.take())
    }
}
