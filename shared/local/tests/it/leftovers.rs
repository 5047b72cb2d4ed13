//! What a killed supervisor leaves behind is found by the next one. The killed one is this test
//! binary, started a second time.

use std::env;
use std::fs;
use std::process::{Command, Stdio};

use livemart_local::{ProcessIdentity, Register, Restart, Running, StateDirectory, Supervisor};

use crate::fixture::{lines, shell};

const DIRECTORY: &str = "LIVEMART_TEST_DIRECTORY";

#[tokio::test]
async fn the_next_supervisor_ends_what_a_killed_one_left_running() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    let mut supervisor = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--ignored", "leftovers::supervisor_that_waits_to_be_killed"])
        .env(DIRECTORY, directory.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    lines(&state.path("started"), 1).await;
    assert!(Register::acquire(&state).unwrap().is_none(), "two supervisors in one directory");

    supervisor.kill().unwrap();
    supervisor.wait().unwrap();

    let left = Running::read(&state).unwrap();
    assert!(left.supervisor.is_none());
    assert_eq!(left.processes.len(), 2, "they should outlive their supervisor");

    let register = Register::acquire(&state).unwrap().unwrap();
    assert_eq!(register.end_leftovers().await.unwrap(), ["second", "first"]);
    assert!(left.processes.iter().all(|process| !process.identity.is_alive()));
    assert!(Running::read(&state).unwrap().processes.is_empty());
}

#[tokio::test]
async fn a_process_that_was_given_the_pid_of_a_leftover_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    let mut stranger = Command::new("sleep").arg("600").spawn().unwrap();
    let mut identity = ProcessIdentity::of(stranger.id()).unwrap();
    identity.started.push('0');
    fs::write(
        state.processes(),
        serde_json::json!({"supervisor": null, "processes": [{
            "name": "order-1", "kind": "service", "pid": identity.pid,
            "started": identity.started, "stop_signal": "terminate",
        }]})
        .to_string(),
    )
    .unwrap();

    let register = Register::acquire(&state).unwrap().unwrap();
    assert!(register.end_leftovers().await.unwrap().is_empty());
    assert!(stranger.try_wait().unwrap().is_none(), "a stranger was ended");

    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[tokio::test]
#[ignore = "the other half of the first test, run by it"]
async fn supervisor_that_waits_to_be_killed() {
    let Some(directory) = env::var_os(DIRECTORY) else {
        return;
    };
    let state = StateDirectory::open(directory.as_ref()).unwrap();
    let register = Register::acquire(&state).unwrap().unwrap();
    let supervisor = Supervisor::recorded(register);
    let start = |name| supervisor.start(shell(&state, name, "exec sleep 600"), Restart::WithBackOff).unwrap();
    let first = start("first");
    let _second = start("second");
    fs::write(state.path("started"), "yes\n").unwrap();
    first.down().await;
}
