//! A process that dies by `kill -9` takes its guarded children with it. The dying process is this
//! test binary, started a second time.

use std::env;
use std::fs;
use std::process::{Command, Stdio};

use livemart_local::wait::{self, Look};
use livemart_local::{ProcessIdentity, Restart, StateDirectory, Supervisor};

use crate::fixture::{PATIENCE, lines, shell};

const DIRECTORY: &str = "LIVEMART_TEST_DIRECTORY";

#[tokio::test]
async fn guarded_children_die_with_a_parent_that_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let mut parent = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--ignored", "guarded::parent_that_waits_to_be_killed"])
        .env(DIRECTORY, directory.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pid = lines(&directory.path().join("pid"), 1).await[0].parse().unwrap();
    let child = ProcessIdentity::of(pid).unwrap();

    parent.kill().unwrap();
    parent.wait().unwrap();

    wait::until("the end of the child", PATIENCE, async || {
        Ok(if child.is_alive() { Look::NotYet(format!("pid {pid} lives")) } else { Look::There(()) })
    })
    .await
    .unwrap();
}

#[tokio::test]
#[ignore = "the other half of the test above, run by it"]
async fn parent_that_waits_to_be_killed() {
    let Some(directory) = env::var_os(DIRECTORY) else {
        return;
    };
    let state = StateDirectory::open(directory.as_ref()).unwrap();
    let child = Supervisor::guarded().start(shell(&state, "child", "exec sleep 600"), Restart::WithBackOff).unwrap();
    fs::write(state.path("pid"), format!("{}\n", child.pid().unwrap())).unwrap();
    child.down().await;
}
