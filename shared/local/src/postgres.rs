//! A private Postgres.

mod cluster;
mod place;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::account::Account;
use crate::binaries::Binaries;
use crate::error::Result;
use crate::program::{Kind, Program, StopSignal};
use crate::state::StateDirectory;
use crate::supervisor::Supervised;
use crate::wait::{self, Look};

pub(crate) use place::Place;

pub(crate) const SUPERUSER: &str = "livemart";
pub(crate) const DATABASE: &str = "livemart";

/// Recovery after a crash reads at most one checkpoint's worth of log: seconds on a slow disk.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// Settings beside those of every cluster, with the reason for each.
const SETTINGS: [(&str, &str); 12] = [
    ("listen_addresses", "127.0.0.1"),
    // A socket's path may have 107 bytes at most; a clone's path may be longer.
    ("unix_socket_directories", ""),
    // Six services with a pool of a dozen each, three replicas of them, and some room for people.
    ("max_connections", "300"),
    // What a busy shop writes within minutes; memory is taken as it is used.
    ("shared_buffers", "256MB"),
    // Tables grow from nothing to thousands of rows within seconds. Plans made for an empty table
    // cost two thirds of the throughput, so statistics follow early; three times as often, they cost more than they bring.
    ("autovacuum_naptime", "15s"),
    ("autovacuum_analyze_threshold", "50"),
    ("autovacuum_analyze_scale_factor", "0.02"),
    ("autovacuum_vacuum_scale_factor", "0.05"),
    // Rows are found by their keys; a tenth of the sample tells that, and costs a tenth. With the default, looking at
    // tables that grow took an eighth of all that Postgres used under load.
    ("default_statistics_target", "10"),
    // Fewer, longer checkpoints: each makes the next writes of every page larger.
    ("max_wal_size", "2GB"),
    ("timezone", "UTC"),
    // Log lines that searches and error reports understand.
    ("lc_messages", "C"),
];

/// For tests, whose data may go with the machine. Not with the server, which they kill: therefore
/// `synchronous_commit` stays on, and a commit at least reaches the kernel.
const WITHOUT_FSYNC: [(&str, &str); 2] = [("fsync", "off"), ("full_page_writes", "off")];

pub(crate) struct Postgres<'a> {
    pub(crate) binaries: &'a Binaries,
    pub(crate) state: &'a StateDirectory,
    pub(crate) place: &'a Place,
    pub(crate) account: Option<Account>,
    pub(crate) port: u16,
    pub(crate) password: &'a str,
    pub(crate) fsync: bool,
}

impl Postgres<'_> {
    /// Makes the cluster where there is none yet, and says how to run it.
    pub(crate) async fn prepare(&self) -> Result<Program> {
        let data = self.place.data();
        if !cluster::exists(data) {
            cluster::create(self).await?;
        }
        cluster::forget_a_dead_postmaster(data)?;
        Ok(self.program())
    }

    fn program(&self) -> Program {
        let data = self.place.data();
        let mut arguments: Vec<OsString> = vec!["-D".into(), data.into()];
        let port = self.port.to_string();
        let settings = SETTINGS.iter().chain(if self.fsync { &[][..] } else { &WITHOUT_FSYNC });
        for (key, value) in settings.copied().chain([("port", port.as_str())]) {
            arguments.push("-c".into());
            arguments.push(format!("{key}={value}").into());
        }
        Program {
            name: "postgres".to_owned(),
            kind: Kind::Server,
            executable: self.binaries.postgres.clone(),
            arguments,
            environment: BTreeMap::new(),
            directory: data.to_owned(),
            account: self.account.clone(),
            log: self.state.log("postgres"),
            stop_signal: StopSignal::Interrupt,
        }
    }
}

/// Waits until this very process takes connections.
pub(crate) async fn ready(postgres: &Supervised, data: &Path) -> Result<()> {
    wait::until("Postgres taking connections", READY_LIMIT, async || {
        postgres.expect_alive()?;
        Ok(match postgres.pid() {
            Some(pid) if cluster::is_ready(data, pid) => Look::There(()),
            _ => Look::NotYet(format!("see {}", postgres.program().log.display())),
        })
    })
    .await
}
