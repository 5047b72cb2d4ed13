//! A way to a server that can fail as networks do: cut, or swallowing everything without a word.

#![expect(clippy::disallowed_methods, reason = "no service: its tasks end with the connections of a drill")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Bytes that are passed on at once.
const CHUNK: usize = 16 * 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Open,
    /// Connections break, and new ones are closed at once.
    Cut,
    /// Connections stay, and nothing arrives.
    BlackHole,
}

pub(super) struct Proxy {
    address: SocketAddr,
    way: Arc<watch::Sender<Way>>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Leads to `port` of this machine.
    pub(super) async fn start(port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("listen for the drill's proxy")?;
        let address = listener.local_addr()?;
        let way = Arc::new(watch::Sender::new(Way::Open));
        let ways = Arc::clone(&way);
        let accepting = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                // Closed at once where the way is cut: the client sees a broken connection.
                if *ways.borrow() != Way::Cut {
                    tokio::spawn(lead(near, port, ways.subscribe()));
                }
            }
        });
        Ok(Self { address, way, accepting })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn becomes(&self, way: Way) {
        self.way.send_replace(way);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.way.send_replace(Way::Cut);
    }
}

/// Passes bytes both ways until one side ends or the way is cut.
async fn lead(near: TcpStream, port: u16, way: watch::Receiver<Way>) {
    let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { return };
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let mut cut = way.clone();
    tokio::select! {
        _ = pass(near_in, far_out, way.clone()) => {}
        _ = pass(far_in, near_out, way) => {}
        _ = cut.wait_for(|way| *way == Way::Cut) => {}
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut way: watch::Receiver<Way>) -> std::io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = from.read(&mut chunk).await?;
        if length == 0 {
            return Ok(());
        }
        if *way.borrow_and_update() == Way::BlackHole {
            // Swallowed: what was sent into a black hole does not come out of it later. A stream with a hole in it is
            // none, so this connection never passes anything again.
            std::future::pending::<()>().await;
        }
        to.write_all(&chunk[..length]).await?;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn echo() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        port
    }

    async fn answers(stream: &mut TcpStream) -> bool {
        let mut answer = [0; 4];
        stream.write_all(b"ping").await.is_ok() && stream.read_exact(&mut answer).await.is_ok() && &answer == b"ping"
    }

    #[tokio::test]
    async fn a_way_that_is_cut_breaks_connections_and_a_new_one_works_when_it_is_open_again() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert!(answers(&mut stream).await);
        proxy.becomes(Way::Cut);
        assert!(!answers(&mut stream).await);
        proxy.becomes(Way::Open);
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert!(answers(&mut stream).await);
    }

    #[tokio::test]
    async fn a_black_hole_says_nothing() {
        let proxy = Proxy::start(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert!(answers(&mut stream).await);
        proxy.becomes(Way::BlackHole);
        let silence = tokio::time::timeout(Duration::from_millis(200), answers(&mut stream)).await;
        assert!(silence.is_err(), "neither an answer nor an end");
    }
}
