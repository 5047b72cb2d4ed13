use std::collections::BTreeMap;

use livemart_local::{Restart, StateDirectory, Supervisor, What};

use crate::fixture::{lines, shell};

/// Says its environment and its signals in a file, and lives until it is told otherwise.
const TALKATIVE: &str = r#"trap 'echo terminated >>said; exit 0' TERM
echo "started fault=${FAULT:-none}" >>said
while :; do sleep 0.05; done"#;

fn state() -> (tempfile::TempDir, StateDirectory) {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    (directory, state)
}

#[tokio::test]
async fn what_is_killed_comes_back_without_the_fault_it_was_started_with() {
    let (_directory, state) = state();
    let supervisor = Supervisor::guarded();
    let mut events = supervisor.listen();
    let once = BTreeMap::from([("FAULT".to_owned(), "crash".to_owned())]);
    let process = supervisor.start_once_with(shell(&state, "talker", TALKATIVE), Restart::WithBackOff, once).unwrap();
    let said = state.path("said");
    assert_eq!(lines(&said, 1).await, ["started fault=crash"]);

    process.kill().await.unwrap();
    assert_eq!(lines(&said, 2).await[1], "started fault=none");

    assert!(matches!(events.recv().await.unwrap().what, What::Started { .. }));
    assert!(matches!(events.recv().await.unwrap().what, What::Died { again_in: Some(_), .. }));
    process.stop().await.unwrap();
}

#[tokio::test]
async fn what_may_not_come_back_stays_down() {
    let (_directory, state) = state();
    let supervisor = Supervisor::guarded();
    let process = supervisor.start(shell(&state, "talker", TALKATIVE), Restart::Never).unwrap();
    lines(&state.path("said"), 1).await;
    process.kill().await.unwrap();
    process.down().await;
    assert_eq!(process.pid(), None);
}

#[tokio::test]
async fn stopping_asks_first() {
    let (_directory, state) = state();
    let supervisor = Supervisor::guarded();
    let process = supervisor.start(shell(&state, "talker", TALKATIVE), Restart::WithBackOff).unwrap();
    let said = state.path("said");
    lines(&said, 1).await;
    process.stop().await.unwrap();
    assert_eq!(lines(&said, 2).await[1], "terminated");
    assert_eq!(process.pid(), None);
}

#[tokio::test]
async fn the_exit_status_is_the_programs_own() {
    let (_directory, state) = state();
    let supervisor = Supervisor::guarded();
    let process = supervisor.start(shell(&state, "failing", "echo why it failed; exit 7"), Restart::Never).unwrap();
    assert_eq!(process.down().await.and_then(|status| status.code()), Some(7));
    let error = process.expect_alive().unwrap_err().to_string();
    assert!(error.contains("why it failed"), "{error}");
}

#[tokio::test]
async fn being_killed_often_is_not_taken_for_being_unable_to_start() {
    let (_directory, state) = state();
    let supervisor = Supervisor::guarded();
    let process = supervisor.start(shell(&state, "talker", TALKATIVE), Restart::WithBackOff).unwrap();
    for run in 1..=4 {
        lines(&state.path("said"), run).await;
        process.kill().await.unwrap();
        process.expect_alive().unwrap();
    }
}
