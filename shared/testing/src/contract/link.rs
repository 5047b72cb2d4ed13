//! A way to the broker that a test can cut: what a replica says after that is never heard, as if it had died.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

pub(super) struct Link {
    port: u16,
    forwarding: JoinHandle<()>,
}

impl Link {
    /// To `port` of this machine.
    pub(super) async fn to(port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let own_port = listener.local_addr()?.port();
        let forwarding = tokio::spawn(async move {
            // Ends with this task, and every connection with it.
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                connections.spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(("127.0.0.1", port)).await {
                        // Either side may close at any time.
                        drop(copy_bidirectional(&mut near, &mut far).await);
                    }
                });
            }
        });
        Ok(Self { port: own_port, forwarding })
    }

    pub(super) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(super) async fn cut(self) {
        self.forwarding.abort();
        // Cancelled, which is what was asked for.
        drop(self.forwarding.await);
    }
}
