//! A NATS server for one test, and connections as whom one likes.

use std::ops::Deref;

use livemart_local::{
    Addresses, Binaries, Janitor, Nats, Ports, Restart, Secrets, StateDirectory, Supervised, Supervisor,
};

use crate::servers::{apply_streams, repository};

/// A NATS server with the shop's users, streams and durables. Dereferences to where it is and who may enter.
#[derive(Debug)]
pub struct Broker {
    addresses: Addresses,
    process: Supervised,
    _janitor: Janitor,
}

impl Deref for Broker {
    type Target = Addresses;

    fn deref(&self) -> &Addresses {
        &self.addresses
    }
}

/// Starts a broker for this test alone.
pub async fn nats() -> Broker {
    let started = async {
        let directory =
            tempfile::Builder::new().prefix("livemart-nats-").tempdir().unwrap_or_else(|error| panic!("{error}"));
        // The janitor removes it: at a failure the server may still write.
        let state = StateDirectory::open(&directory.keep())?;
        let janitor = Janitor::of(state.root())?;
        let addresses = Addresses { ports: Ports::free(0)?, secrets: Secrets::generate()? };
        let server = Nats {
            binaries: &Binaries::find(&repository().join(".livemart/tools"))?,
            state: &state,
            configuration: &repository().join("nats/livemart.conf"),
            port: addresses.ports.nats,
            monitor_port: addresses.ports.nats_monitor,
            passwords: &addresses.secrets.nats,
            member: None,
        };
        let process = Supervisor::guarded().start(server.prepare()?, Restart::WithBackOff)?;
        server.ready(&process).await?;
        Ok::<_, livemart_local::Error>(Broker { addresses, process, _janitor: janitor })
    };
    let broker = started.await.unwrap_or_else(|error| panic!("a broker cannot be started: {error}"));
    apply_streams(&broker).await;
    broker
}

impl Broker {
    pub fn process(&self) -> &Supervised {
        &self.process
    }
}

/// A connection as `user`: a service, or the operator. It fails at once where the server does not let it in, and has
/// the inbox that the user may subscribe to.
pub async fn connect(addresses: &Addresses, user: &str) -> async_nats::Client {
    connect_at(&addresses.nats_url(), addresses, user).await
}

/// As [`connect`], to a server that is reached by another way.
pub(crate) async fn connect_at(url: &str, addresses: &Addresses, user: &str) -> async_nats::Client {
    async_nats::ConnectOptions::with_user_and_password(user.to_owned(), addresses.nats_password(user).to_owned())
        .name(format!("test as {user}"))
        .custom_inbox_prefix(format!("_INBOX_{user}"))
        .connect(url)
        .await
        .unwrap_or_else(|error| panic!("NATS does not let {user} in: {error}"))
}
