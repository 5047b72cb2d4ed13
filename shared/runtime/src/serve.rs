//! The port on which a service answers: HTTP/1.1, with bounds on what one connection may cost.
//!
//! A request has its own bounds (see [`crate::http`]); these are for clients who never finish one, or never take the answer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// What a connection may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Connections at once. More of them wait in the kernel's queue until one ends.
    pub(crate) connections: usize,
    /// From the end of a request to the end of the next one's head: also for how long an idle connection is kept.
    pub(crate) head: Duration,
    /// For how long a client may take nothing of what it is sent.
    pub(crate) untaken: Duration,
}

impl Bounds {
    /// At four times what it can take, a shop has thirteen thousand clients waiting after ten seconds: with fewer places some
    /// would not get through at all. The gateway has 17 KiB for each, also while it is idle, 270 MiB in all. A head comes in
    /// one packet or few; the gateway lets go of an idle connection well before. Who takes nothing for as long as a request
    /// may last has left.
    pub(crate) const USUAL: Self =
        Self { connections: 16_384, head: Duration::from_secs(30), untaken: Duration::from_secs(30) };
}

/// Answers with `router` until `stop`, then finishes what was begun.
pub(crate) async fn serve(mut listener: TcpListener, router: Router, bounds: Bounds, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(bounds.connections));
    let (connections, tasks) = (GracefulShutdown::new(), TaskTracker::new());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(bounds.head);
    let mut next = async || {
        let place = Arc::clone(&places).acquire_owned().await.ok()?;
        let (stream, client) = Listener::accept(&mut listener).await;
        Some((place, stream, client))
    };
    while let Some(Some((place, stream, client))) = stop.run_until_cancelled(next()).await {
        if let Err(error) = prepare(&stream, bounds.untaken) {
            // It ended before it began.
            tracing::debug!(%error, "a connection cannot be prepared");
            continue;
        }
        let router = router.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(client));
            request.map(Body::new)
        });
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
        let connection = connections.watch(connection);
        tasks.spawn(async move {
            if let Err(error) = connection.await {
                tracing::trace!(%error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    connections.shutdown().await;
    tasks.close();
    tasks.wait().await;
}

/// Events are sent as they come, not gathered; a client that takes nothing is let go. That only Linux can do: elsewhere such
/// a client stays, within the bound of connections.
#[cfg_attr(not(target_os = "linux"), expect(unused_variables))]
fn prepare(stream: &TcpStream, untaken: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    rustix::net::sockopt::set_tcp_user_timeout(stream, untaken.as_millis().try_into().unwrap_or(u32::MAX))?;
    Ok(())
}

/// Every connection is an open file, and shells allow only 1,024 of them at first: takes what the system allows.
pub(crate) fn allow_open_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::debug!(%error, "the number of open files stays as it is");
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::net::SocketAddr;

    use axum::routing::get;
    use bytes::Bytes;
    use futures::stream;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;

    use super::*;

    /// Longer than anything takes on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(60);
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: shop\r\n\r\n";

    async fn started(bounds: Bounds, router: Router) -> (SocketAddr, CancellationToken) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        TaskTracker::new().spawn(serve(listener, router, bounds, stop.clone()));
        (address, stop)
    }

    fn client() -> Router {
        Router::new().route("/", get(async |ConnectInfo::<SocketAddr>(client)| client.to_string()))
    }

    async fn answered(connection: &mut TcpStream) -> String {
        let mut answer = [0; 1024];
        let length = timeout(PATIENCE, connection.read(&mut answer)).await.expect("an answer in time").unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    #[tokio::test]
    async fn a_handler_learns_who_asks_and_a_stop_ends_idle_connections() {
        let (address, stop) = started(Bounds::USUAL, client()).await;
        let mut connection = TcpStream::connect(address).await.unwrap();
        for _ in 0..2 {
            connection.write_all(REQUEST).await.unwrap();
            let answer = answered(&mut connection).await;
            assert!(answer.ends_with(&connection.local_addr().unwrap().to_string()), "{answer}");
        }
        stop.cancel();
        assert_eq!(answered(&mut connection).await, "");
    }

    #[tokio::test]
    async fn a_client_that_never_ends_its_head_is_let_go() {
        let (address, _stop) = started(Bounds { head: Duration::from_millis(100), ..Bounds::USUAL }, client()).await;
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(&REQUEST[..REQUEST.len() - 2]).await.unwrap();
        assert_eq!(answered(&mut connection).await, "");
    }

    #[tokio::test]
    async fn beyond_the_bound_a_client_waits_until_another_leaves() {
        let (address, _stop) = started(Bounds { connections: 1, ..Bounds::USUAL }, client()).await;
        let mut first = TcpStream::connect(address).await.unwrap();
        first.write_all(REQUEST).await.unwrap();
        answered(&mut first).await;
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(REQUEST).await.unwrap();
        let early = timeout(Duration::from_millis(100), second.readable()).await;
        assert!(early.is_err(), "there is place for one");
        drop(first);
        assert!(answered(&mut second).await.starts_with("HTTP/1.1 200"));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_client_that_takes_nothing_is_let_go() {
        let ended = CancellationToken::new();
        let told = ended.clone();
        let endless = async move || {
            let (chunk, end) = (Bytes::from(vec![0; 64 * 1024]), told.clone().drop_guard());
            Body::from_stream(stream::repeat_with(move || {
                let _tells_when_it_is_dropped = &end;
                Ok::<_, Infallible>(chunk.clone())
            }))
        };
        let router = Router::new().route("/", get(endless));
        let (address, _stop) = started(Bounds { untaken: Duration::from_secs(1), ..Bounds::USUAL }, router).await;
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(REQUEST).await.unwrap();
        connection.readable().await.unwrap();
        timeout(PATIENCE, ended.cancelled()).await.expect("the stream ends");
    }
}
