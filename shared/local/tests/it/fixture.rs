use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use livemart_local::wait::{self, Look};
use livemart_local::{Kind, Program, SYSTEM, ServerOptions, StateDirectory, StopSignal, nats_users, password_variable};

/// Plenty for anything these tests wait for, on a machine that is busy.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn repository() -> PathBuf {
    livemart_local::repository().unwrap()
}

/// The repository's configuration of NATS with users that may do anything, as permissions are not
/// what is tested here. A space in the path, since clones have them.
pub fn options() -> (tempfile::TempDir, ServerOptions) {
    let directory = tempfile::Builder::new().prefix("a clone ").tempdir().unwrap();
    let configuration = directory.path().join("livemart.conf");
    fs::copy(repository().join("nats/livemart.conf"), &configuration).unwrap();
    let mut users = String::from("users: [\n");
    for user in nats_users().filter(|user| *user != SYSTEM) {
        writeln!(users, "  {{ user: {user}, password: ${} }}", password_variable(user)).unwrap();
    }
    users.push_str("]\n");
    fs::write(directory.path().join("permissions.conf"), users).unwrap();

    let mut options = ServerOptions::throwaway(&repository()).unwrap();
    options.nats_configuration = configuration;
    (directory, options)
}

pub fn shell(state: &StateDirectory, name: &str, script: &str) -> Program {
    Program {
        name: name.to_owned(),
        kind: Kind::Service,
        executable: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
        environment: BTreeMap::new(),
        directory: state.root().to_owned(),
        account: None,
        log: state.log(name),
        stop_signal: StopSignal::Terminate,
    }
}

/// Waits until the file has this many lines, and gives them.
pub async fn lines(path: &Path, count: usize) -> Vec<String> {
    wait::until(format!("{count} lines in {}", path.display()), PATIENCE, async || {
        let text = fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        Ok(if lines.len() >= count && text.ends_with('\n') {
            Look::There(lines)
        } else {
            Look::NotYet(format!("it has {}", lines.len()))
        })
    })
    .await
    .unwrap()
}
