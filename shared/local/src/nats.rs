//! A private nats-server, with the configuration of the repository.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::binaries::Binaries;
use crate::error::{Doing as _, Result};
use crate::ports::NatsPorts;
use crate::program::{Kind, Program, StopSignal};
use crate::state::StateDirectory;
use crate::supervisor::Supervised;
use crate::wait::{self, Look};

/// Reading back the largest streams the files allow takes seconds on a slow disk.
const READY_LIMIT: Duration = Duration::from_secs(60);
/// A health check that takes longer than this is none.
const LOOK_LIMIT: Duration = Duration::from_secs(2);

/// A server to be started: by [`Servers`](crate::Servers) beside the others, or alone by a test.
#[derive(Debug)]
pub struct Nats<'a> {
    pub binaries: &'a Binaries,
    pub state: &'a StateDirectory,
    pub configuration: &'a Path,
    pub port: u16,
    pub monitor_port: u16,
    /// By user.
    pub passwords: &'a BTreeMap<String, String>,
    /// Where it is one of several.
    pub member: Option<Member<'a>>,
}

/// A server's place in a cluster.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// From 1.
    pub number: usize,
    /// Of all servers.
    pub ports: &'a [NatsPorts],
    /// Of the servers among themselves.
    pub password: &'a str,
}

impl Member<'_> {
    /// What `nats/routes.conf` and the files that include it ask for.
    fn variables(self, name: &str) -> [(String, String); 4] {
        let own = self.ports[self.number - 1].route;
        let route = |ports: &NatsPorts| format!("\"nats://route:{}@127.0.0.1:{}\"", self.password, ports.route);
        let routes: Vec<String> = self.ports.iter().map(route).collect();
        [
            ("LIVEMART_NATS_NAME".to_owned(), name.to_owned()),
            ("LIVEMART_NATS_ROUTE_LISTEN".to_owned(), format!("127.0.0.1:{own}")),
            (password_variable("route"), self.password.to_owned()),
            ("LIVEMART_NATS_ROUTES".to_owned(), format!("[{}]", routes.join(", "))),
        ]
    }
}

impl Nats<'_> {
    /// Makes its directory, and says how to run it.
    pub fn prepare(&self) -> Result<Program> {
        let name = self.member.map_or("nats".to_owned(), |member| format!("nats-{}", member.number));
        let store = self.state.path(&name);
        std::fs::create_dir_all(&store).doing(|| format!("create {}", store.display()))?;
        let mut environment = BTreeMap::from([
            ("LIVEMART_NATS_LISTEN".to_owned(), format!("127.0.0.1:{}", self.port)),
            ("LIVEMART_NATS_MONITOR".to_owned(), format!("127.0.0.1:{}", self.monitor_port)),
            ("LIVEMART_NATS_STORE".to_owned(), quoted(&store)),
        ]);
        for (user, password) in self.passwords {
            environment.insert(password_variable(user), password.clone());
        }
        environment.extend(self.member.into_iter().flat_map(|member| member.variables(&name)));
        Ok(Program {
            log: self.state.log(&name),
            name,
            kind: Kind::Server,
            executable: self.binaries.nats_server.clone(),
            arguments: vec!["--config".into(), self.configuration.into()],
            environment,
            directory: self.state.root().to_owned(),
            account: None,
            stop_signal: StopSignal::Terminate,
        })
    }

    /// Waits until it serves, JetStream included.
    pub async fn ready(&self, process: &Supervised) -> Result<()> {
        ready(process, self.monitor_port).await
    }
}

/// The name under which `nats/*.conf` knows a user's password.
pub fn password_variable(user: &str) -> String {
    format!("LIVEMART_NATS_{}_PASSWORD", user.to_uppercase())
}

/// The server parses the value of a variable as it parses the file, so a path with a space in it
/// needs quotes of its own.
fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

/// Waits until it serves, JetStream included.
pub(crate) async fn ready(nats: &Supervised, monitor_port: u16) -> Result<()> {
    let client = reqwest::Client::new();
    let url = format!("http://127.0.0.1:{monitor_port}/healthz");
    wait::until("NATS being healthy", READY_LIMIT, async || {
        nats.expect_alive()?;
        let answer = client.get(&url).timeout(LOOK_LIMIT).send().await;
        Ok(match answer.and_then(reqwest::Response::error_for_status) {
            Ok(_) => Look::There(()),
            Err(_) => Look::NotYet(format!("see {}", nats.program().log.display())),
        })
    })
    .await
}
