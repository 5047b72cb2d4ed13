//! Private Redis nodes. They hold caches and locks only, so nothing of theirs is kept.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use crate::binaries::Binaries;
use crate::error::{Doing as _, Result};
use crate::program::{Kind, Program, StopSignal};
use crate::state::StateDirectory;
use crate::supervisor::Supervised;
use crate::wait::{self, Look};

const READY_LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct Redis<'a> {
    pub(crate) binaries: &'a Binaries,
    pub(crate) state: &'a StateDirectory,
    /// Counted from 1, as people do.
    pub(crate) node: usize,
    pub(crate) port: u16,
    pub(crate) password: &'a str,
}

impl Redis<'_> {
    pub(crate) fn prepare(&self) -> Result<Program> {
        let name = format!("redis-{}", self.node);
        let directory = self.state.path(&name);
        let configuration = directory.join("redis.conf");
        let naming = || format!("write {}", configuration.display());
        fs::create_dir_all(&directory).doing(naming)?;
        // In a file, for arguments can be read by every user of the machine.
        fs::write(
            &configuration,
            format!("bind 127.0.0.1\nport {}\nrequirepass {}\nsave \"\"\nappendonly no\n", self.port, self.password),
        )
        .doing(naming)?;
        fs::set_permissions(&configuration, fs::Permissions::from_mode(0o600)).doing(naming)?;
        Ok(Program {
            name: name.clone(),
            kind: Kind::Server,
            executable: self.binaries.redis_server.clone(),
            arguments: vec![configuration.into()],
            environment: BTreeMap::new(),
            directory,
            account: None,
            log: self.state.log(&name),
            stop_signal: StopSignal::Terminate,
        })
    }
}

/// Waits until it answers.
pub(crate) async fn ready(node: &Supervised, url: &str) -> Result<()> {
    wait::until(format!("an answer of {}", node.name()), READY_LIMIT, async || {
        node.expect_alive()?;
        Ok(match ping(url).await {
            Ok(()) => Look::There(()),
            Err(error) => Look::NotYet(error.to_string()),
        })
    })
    .await
}

async fn ping(url: &str) -> ::redis::RedisResult<()> {
    let mut connection = ::redis::Client::open(url)?.get_multiplexed_async_connection().await?;
    ::redis::cmd("PING").exec_async(&mut connection).await
}
