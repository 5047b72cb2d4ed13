//! The address of the client, for everything that a request meets after this.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use livemart_runtime::Live;
use livemart_web::client_address;

use crate::config::Settings;

/// Of the request in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Finds it, for everybody who comes later.
pub async fn find(State(settings): State<Live<Settings>>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        let address = client_address::find(request.headers(), peer.ip(), settings.get().trusted_hops);
        request.extensions_mut().insert(ClientAddress(address));
    }
    next.run(request).await
}
