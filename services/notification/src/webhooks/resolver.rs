//! Names to addresses, without those that a webhook may not be sent to.
//!
//! The connection is made to the very addresses that were judged: a name that means something else a moment later
//! (DNS rebinding) leads nowhere else.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::domain::reach::is_public;

pub(super) struct PublicOnly;

#[derive(Debug, thiserror::Error)]
#[error("the address is not a public one")]
pub(super) struct NotPublic;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port is the connector's affair.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}
