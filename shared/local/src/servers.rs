//! Postgres, NATS and Redis together.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use crate::account::Account;
use crate::addresses::Addresses;
use crate::binaries::Binaries;
use crate::error::{Doing as _, Result};
use crate::nats::{self, Member, Nats};
use crate::ports::{NatsPorts, Ports};
use crate::postgres::{self, Place, Postgres};
use crate::program::Program;
use crate::redis::{self, Redis};
use crate::scratch::Scratch;
use crate::secrets::Secrets;
use crate::state::StateDirectory;
use crate::supervisor::{Restart, Supervised, Supervisor};

/// The repository's configuration of NATS, which includes the generated permissions beside it.
const NATS_CONFIGURATION: &str = "nats/livemart.conf";
/// The same for servers of a cluster, beside it.
const NATS_CLUSTER: &str = "one-machine.conf";
/// One may fail, and the two others go on.
const NATS_SERVERS: usize = 3;

/// What to start, and where. Made by [`throwaway`](Self::throwaway) or [`kept`](Self::kept).
#[derive(Debug)]
pub struct ServerOptions {
    pub binaries: Binaries,
    pub nats_configuration: PathBuf,
    pub state: StateDirectory,
    /// As many Redis nodes are started as there are ports for them.
    pub ports: Ports,
    pub secrets: Secrets,
    /// Whether a commit reaches the disk before it is answered. NATS always does.
    pub fsync: bool,
    pub supervisor: Supervisor,
    scratch: Option<Scratch>,
}

impl ServerOptions {
    /// For a test: a directory of its own, free ports, no fsync, and everything dies with us.
    pub fn throwaway(repository: &Path) -> Result<Self> {
        let scratch = Scratch::new()?;
        Ok(Self {
            binaries: Binaries::find(&repository.join(".livemart/tools"))?,
            nats_configuration: repository.join(NATS_CONFIGURATION),
            state: scratch.state().clone(),
            ports: Ports::free(1)?,
            secrets: Secrets::generate()?,
            fsync: false,
            supervisor: Supervisor::guarded(),
            scratch: Some(scratch),
        })
    }

    /// For `livemart up`: data, secrets and ports stay in the state directory, and the servers
    /// survive a crash of their supervisor when that keeps a register.
    pub fn kept(
        repository: &Path,
        state: StateDirectory,
        supervisor: Supervisor,
        configured: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        Ok(Self {
            binaries: Binaries::find(&state.tools())?,
            nats_configuration: repository.join(NATS_CONFIGURATION),
            ports: Ports::keep_in(&state, configured)?,
            secrets: Secrets::keep_in(&state)?,
            state,
            fsync: true,
            supervisor,
            scratch: None,
        })
    }

    pub fn with_redis_nodes(mut self, nodes: usize) -> Result<Self> {
        self.ports = self.ports.with_redis_nodes(nodes)?;
        Ok(self)
    }

    /// Three NATS servers that are one, in place of a single one.
    pub fn with_nats_cluster(mut self) -> Result<Self> {
        self.ports = self.ports.with_nats_cluster(NATS_SERVERS)?;
        self.nats_configuration.set_file_name(NATS_CLUSTER);
        Ok(self)
    }

    /// How each NATS server is run.
    fn nats_programs(&self) -> Result<Vec<Program>> {
        let configuration =
            self.nats_configuration.canonicalize().doing(|| format!("find {}", self.nats_configuration.display()))?;
        let nats = |port, monitor_port, member| {
            let (binaries, state, passwords) = (&self.binaries, &self.state, &self.secrets.nats);
            Nats { binaries, state, configuration: &configuration, port, monitor_port, passwords, member }.prepare()
        };
        let cluster = &self.ports.nats_cluster;
        if cluster.is_empty() {
            return Ok(vec![nats(self.ports.nats, self.ports.nats_monitor, None)?]);
        }
        let member = |number| Member { number, ports: cluster, password: &self.secrets.nats_route };
        let program = |(place, ports): (usize, &NatsPorts)| nats(ports.client, ports.monitor, Some(member(place + 1)));
        cluster.iter().enumerate().map(program).collect()
    }
}

/// Three servers that run, and serve. Dropping them kills them; [`stop`](Self::stop) is kinder.
#[derive(Debug)]
pub struct Servers {
    addresses: Addresses,
    state: StateDirectory,
    supervisor: Supervisor,
    postgres: Supervised,
    postgres_place: Place,
    /// At least one.
    nats: Vec<Supervised>,
    redis: Vec<Supervised>,
    /// Last, so that the files go after those who use them.
    _scratch: Option<Scratch>,
}

impl Servers {
    /// Starts them side by side and waits until all of them serve.
    pub async fn start(options: ServerOptions) -> Result<Self> {
        let account = Account::for_postgres().await?;
        let place = Place::choose(&options.state, account.as_ref()).await?;

        let start = |program| options.supervisor.start(program, Restart::WithBackOff);
        let nats = options.nats_programs()?.into_iter().map(start).collect::<Result<Vec<_>>>()?;

        let mut redis = Vec::new();
        for (index, port) in options.ports.redis.iter().enumerate() {
            let node = Redis {
                binaries: &options.binaries,
                state: &options.state,
                node: index + 1,
                port: *port,
                password: &options.secrets.redis,
            };
            redis.push(options.supervisor.start(node.prepare()?, Restart::WithBackOff)?);
        }

        // Last, as the first time it takes a second or two in which the others come up.
        let postgres = Postgres {
            binaries: &options.binaries,
            state: &options.state,
            place: &place,
            account,
            port: options.ports.postgres,
            password: &options.secrets.postgres,
            fsync: options.fsync,
        }
        .prepare()
        .await?;
        let postgres = options.supervisor.start(postgres, Restart::WithBackOff)?;

        let servers = Self {
            addresses: Addresses { ports: options.ports, secrets: options.secrets },
            state: options.state,
            supervisor: options.supervisor,
            postgres,
            postgres_place: place,
            nats,
            redis,
            _scratch: options.scratch,
        };
        servers.ready().await?;
        Ok(servers)
    }

    /// Waits until all of them serve, as after one of them was killed.
    pub async fn ready(&self) -> Result<()> {
        postgres::ready(&self.postgres, self.postgres_place.data()).await?;
        for (server, monitor) in self.nats.iter().zip(self.nats_monitors()) {
            nats::ready(server, monitor).await?;
        }
        for (node, url) in self.redis.iter().zip(self.redis_urls()) {
            redis::ready(node, &url).await?;
        }
        Ok(())
    }

    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    pub fn state(&self) -> &StateDirectory {
        &self.state
    }

    pub fn supervisor(&self) -> &Supervisor {
        &self.supervisor
    }

    pub fn postgres(&self) -> &Supervised {
        &self.postgres
    }

    /// The only NATS server, or the first one.
    pub fn nats(&self) -> &Supervised {
        &self.nats[0]
    }

    pub fn nats_servers(&self) -> &[Supervised] {
        &self.nats
    }

    pub fn redis(&self) -> &[Supervised] {
        &self.redis
    }

    /// In the reverse order of who needs whom.
    pub async fn stop(self) -> Result<()> {
        for node in &self.redis {
            node.stop().await?;
        }
        for server in &self.nats {
            server.stop().await?;
        }
        self.postgres.stop().await
    }
}

impl Deref for Servers {
    type Target = Addresses;

    fn deref(&self) -> &Addresses {
        &self.addresses
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for server in self.redis.iter().chain(&self.nats).chain([&self.postgres]) {
            server.kill_now();
        }
    }
}
