//! Where a drill takes place: a private shop with its customers, and what may be done to it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use livemart_local::{Event, OPERATOR, Servers, ShopOptions, Supervised, What, operator};
use sqlx::{Connection as _, PgConnection};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use super::proxy::Proxy;
use crate::load::{Crowd, Gathering, Goods, Mix};
use crate::private::{self, PrivateShop};
use crate::repository::Repository;

/// Enough that the orders of one customer are not the only ones under way.
const GATHERING: Gathering = Gathering { customers: 4, products: 12, pieces: 100_000 };
/// Room for the streams and little else: a fault fills it within a second.
const SMALL_DISK: &str = "size=96m";

/// What a drill wants to be different.
pub(crate) struct Setup {
    options: ShopOptions,
    mix: Mix,
    small_disk: bool,
    proxied: bool,
    nats_cluster: bool,
}

impl Setup {
    pub(super) fn of(mix: Mix) -> Result<Self> {
        Ok(Self { options: private::services()?, mix, small_disk: false, proxied: false, nats_cluster: false })
    }

    pub(super) fn replicas(mut self, replicas: usize) -> Self {
        self.options.replicas = replicas;
        self
    }

    /// Moves the clock of a service's first process; it must not be restarted.
    pub(super) fn clock(mut self, service: &str, seconds: i64) -> Self {
        let instance = format!("{service}-1");
        self.options = self.options.with_once(&instance, "LIVEMART_CLOCK_OFFSET_SECONDS", &seconds.to_string());
        self
    }

    pub(super) fn goods(mut self, goods: Goods) -> Self {
        self.mix.goods = goods;
        self
    }

    pub(super) fn methods(mut self, methods: &[(&'static str, u32)]) -> Self {
        self.mix.methods = methods.to_vec();
        self
    }

    /// NATS stores on a small file system of its own.
    pub(super) fn small_disk(self) -> Self {
        Self { small_disk: true, ..self }
    }

    /// Three NATS servers are one, and keep every stream three times.
    pub(super) fn nats_cluster(self) -> Self {
        Self { nats_cluster: true, ..self }
    }

    /// The services reach NATS by a way that can fail.
    pub(super) fn proxied(self) -> Self {
        Self { proxied: true, ..self }
    }
}

pub(crate) struct Scene {
    // Before the servers' disk, which can only go when nobody writes to it.
    shop: PrivateShop,
    crowd: Crowd,
    mix: Mix,
    proxy: Option<Proxy>,
    deaths: RefCell<Deaths>,
    repository: Repository,
    _disk: Option<SmallDisk>,
}

impl Scene {
    pub(super) async fn open(repository: Repository, setup: Setup) -> Result<Self> {
        let Setup { mut options, mix, small_disk, proxied, nats_cluster } = setup;
        let mut disk = None;
        let servers = private::servers(&repository, |options| {
            if small_disk {
                disk = Some(SmallDisk::mount(options.state.path("nats")));
            }
            if nats_cluster { options.with_nats_cluster() } else { Ok(options) }
        });
        let servers = servers.await;
        let disk = disk.transpose()?;
        let servers = servers?;
        let deaths = RefCell::new(Deaths { events: servers.supervisor().listen(), seen: 0 });
        let mut proxy = None;
        if proxied {
            let through = Proxy::start(servers.addresses().ports.nats).await?;
            options = options.with("LIVEMART_NATS_URL", &format!("nats://{}", through.address()));
            proxy = Some(through);
        }
        let shop = PrivateShop::open(servers, &options).await?;
        let crowd = Crowd::gather(shop.addresses(), GATHERING).await?;
        Ok(Self { shop, crowd, mix, proxy, deaths, repository, _disk: disk })
    }

    pub(super) fn crowd(&self) -> &Crowd {
        &self.crowd
    }

    pub(super) fn mix(&self) -> &Mix {
        &self.mix
    }

    pub(super) fn servers(&self) -> &Servers {
        self.shop.servers()
    }

    pub(super) fn instances(&self) -> &[Supervised] {
        self.shop.services().instances()
    }

    pub(super) fn instance(&self, name: &str) -> Result<&Supervised> {
        Ok(self.shop.services().instance(name)?)
    }

    pub(super) fn proxy(&self) -> Result<&Proxy> {
        self.proxy.as_ref().context("this drill was not set up with a way that can fail")
    }

    pub(super) fn nats_store(&self) -> PathBuf {
        self.servers().state().path("nats")
    }

    /// Waits until all servers serve and all services are ready.
    pub(super) async fn is_back(&self) -> Result<()> {
        self.servers().ready().await?;
        Ok(self.shop.services().ready().await?)
    }

    pub(super) async fn nats(&self) -> Result<async_nats::Client> {
        let addresses = self.shop.addresses();
        Ok(operator(&addresses.nats_url(), OPERATOR, addresses.nats_password(OPERATOR)).await?)
    }

    pub(super) async fn database(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.shop.addresses().admin_database_url()).await?)
    }

    /// Makes streams and durables as an operator does after their loss.
    pub(super) async fn apply_streams(&self) -> Result<()> {
        self.repository.apply_streams(self.shop.addresses()).await.map(drop)
    }

    /// How many processes have died since the shop was opened.
    pub(super) fn deaths(&self) -> usize {
        self.deaths.borrow_mut().count()
    }

    /// Starts an instance anew, to die when it first comes to `point`.
    pub(super) async fn arm(&self, instance: &Supervised, point: &str) -> Result<()> {
        instance.stop().await?;
        let fault = BTreeMap::from([("LIVEMART_CRASH_AT".to_owned(), point.to_owned())]);
        Ok(instance.start_once_with(fault).await?)
    }

    pub(super) async fn close(self) -> Result<()> {
        self.shop.close().await
    }
}

struct Deaths {
    events: Receiver<Event>,
    seen: usize,
}

impl Deaths {
    fn count(&mut self) -> usize {
        loop {
            match self.events.try_recv() {
                Ok(Event { what: What::Died { .. }, .. }) => self.seen += 1,
                // What was missed of a long backlog is not counted: the number is for people.
                Ok(_) | Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return self.seen,
            }
        }
    }
}

/// A small file system in memory, unmounted when it is dropped.
struct SmallDisk {
    path: PathBuf,
}

impl SmallDisk {
    fn mount(path: PathBuf) -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            bail!("this drill mounts a small file system and needs root: run it with sudo, or the others without it");
        }
        std::fs::create_dir_all(&path)?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", SMALL_DISK, "tmpfs"]).arg(&path).status()?;
        ensure!(mounted.success(), "a small file system cannot be mounted at {}", path.display());
        Ok(Self { path })
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: the servers' files may still be open for a moment. What cannot be unmounted goes with the machine.
        let _ = Command::new("umount").arg("--lazy").arg(&self.path).status();
    }
}
