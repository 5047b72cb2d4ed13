//! Stripe's own mock of its API. It keeps nothing and answers with examples: what it is good for is to refuse requests that
//! Stripe would not understand.

use std::collections::BTreeMap;

use livemart_local::{Kind, Program, Restart, StopSignal, Supervised, Supervisor, install};
use tempfile::TempDir;

use crate::eventually::eventually;
use crate::servers::repository;

/// What it says before its address.
const LISTENING: &str = "Listening for HTTP at address: ";

/// Ends when it is dropped, and with the test process in any case.
#[derive(Debug)]
pub struct StripeMock {
    pub url: String,
    process: Supervised,
    _directory: TempDir,
}

impl Drop for StripeMock {
    fn drop(&mut self) {
        self.process.kill_now();
    }
}

impl StripeMock {
    pub async fn start() -> Self {
        let executable = install::stripe_mock(&repository().join(".livemart/tools"));
        let executable = executable.unwrap_or_else(|error| panic!("tests need Stripe's own mock: {error}"));
        let directory = tempfile::Builder::new().prefix("livemart-stripe-").tempdir();
        let directory = directory.unwrap_or_else(|error| panic!("{error}"));
        let log = directory.path().join("stripe-mock.log");
        // Ports of its own choice; it insists on the second one.
        let arguments = ["-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0"];
        let program = Program {
            name: "stripe-mock".to_owned(),
            kind: Kind::Server,
            executable,
            arguments: arguments.map(Into::into).to_vec(),
            environment: BTreeMap::new(),
            directory: directory.path().to_owned(),
            account: None,
            log: log.clone(),
            stop_signal: StopSignal::Terminate,
        };
        let process = Supervisor::guarded().start(program, Restart::WithBackOff);
        let process = process.unwrap_or_else(|error| panic!("stripe-mock cannot be started: {error}"));
        let address = eventually("stripe-mock saying where it listens", async || {
            process.expect_alive().map_err(|error| error.to_string())?;
            let said = std::fs::read_to_string(&log).map_err(|error| error.to_string())?;
            let address = said.lines().find_map(|line| line.trim().strip_prefix(LISTENING).map(str::to_owned));
            address.ok_or(said)
        })
        .await;
        Self { url: format!("http://{address}"), process, _directory: directory }
    }
}
