//! A browser for tests, driven by WebDriver.

use std::collections::BTreeMap;
use std::path::PathBuf;

use livemart_local::install::Browser;
use livemart_local::{Kind, Program, Restart, StopSignal, Supervised, Supervisor};
use tempfile::TempDir;

use crate::eventually::eventually;

/// What it says before its port.
const LISTENING: &str = "started successfully on port ";

/// Ends when it is dropped, with the browsers that it started, and with the test process in any case.
#[derive(Debug)]
pub struct ChromeDriver {
    pub url: String,
    /// The browser to be started, one of the driver's own version.
    pub chromium: PathBuf,
    process: Supervised,
    directory: TempDir,
}

impl Drop for ChromeDriver {
    fn drop(&mut self) {
        self.process.kill_now();
    }
}

impl ChromeDriver {
    pub async fn start() -> Self {
        let browser = Browser::find().unwrap_or_else(|error| panic!("tests need a real browser: {error}"));
        let directory = tempfile::Builder::new().prefix("livemart-browser-").tempdir();
        let directory = directory.unwrap_or_else(|error| panic!("{error}"));
        let log = directory.path().join("chromedriver.log");
        let program = Program {
            name: "chromedriver".to_owned(),
            kind: Kind::Server,
            executable: browser.driver,
            // A port of its own choice.
            arguments: vec!["--port=0".into()],
            environment: BTreeMap::new(),
            directory: directory.path().to_owned(),
            account: None,
            log: log.clone(),
            stop_signal: StopSignal::Terminate,
        };
        let process = Supervisor::guarded().start(program, Restart::Never);
        let process = process.unwrap_or_else(|error| panic!("chromedriver cannot be started: {error}"));
        let port = eventually("chromedriver saying where it listens", async || {
            process.expect_alive().map_err(|error| error.to_string())?;
            let said = std::fs::read_to_string(&log).map_err(|error| error.to_string())?;
            let port = said.split(LISTENING).nth(1).and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
            port.filter(|port| !port.is_empty()).map(str::to_owned).ok_or(said)
        })
        .await;
        Self { url: format!("http://127.0.0.1:{port}"), chromium: browser.chromium, process, directory }
    }

    /// Arguments for a browser that starts empty, asks nobody anything, and may be run by root.
    pub fn arguments(&self) -> Vec<String> {
        let profile = tempfile::Builder::new().prefix("profile-").tempdir_in(self.directory.path());
        let profile = profile.unwrap_or_else(|error| panic!("{error}")).keep();
        let fixed = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        let fixed = fixed.into_iter().map(str::to_owned);
        fixed.chain([format!("--user-data-dir={}", profile.display())]).collect()
    }
}
