//! How often one client may ask, whichever replica it asks.
//!
//! The counts are in Redis, one script a request, so that replicas share them. Without an answer of Redis a replica goes on
//! counting by itself: a client may then have its quota once at each of them, and nobody is refused for an outage.
//!
//! The rule is GCRA: requests flow out of a bucket at an even rate, and as many as the bucket holds may come at once. All that has
//! to be remembered of a client is when the bucket will be empty.

mod memory;
mod quota;
mod shared;

use std::net::IpAddr;
use std::time::Duration;

use livemart_contracts::UserId;
use livemart_redis::Nodes;
use livemart_runtime::Live;
use redis::RedisResult;
use secrecy::SecretString;

use crate::config::Settings;
use crate::metrics;
use memory::Memory;
pub use quota::{Quota, Verdict};

/// What a Redis that hangs may cost a request. It answers within a millisecond.
pub const PATIENCE: Duration = Duration::from_millis(50);

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    User(UserId),
    Address(IpAddr),
}

impl Client {
    /// The name of its policy, for the client and for metrics.
    pub const fn policy(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Address(_) => "address",
        }
    }

    /// What is counted together.
    fn key(self) -> String {
        match self {
            Self::User(id) => format!("user:{id}"),
            Self::Address(IpAddr::V4(address)) => format!("address:{address}"),
            // A household has a whole /64 of IPv6 addresses.
            Self::Address(IpAddr::V6(address)) => {
                let [a, b, c, d, ..] = address.segments();
                format!("address:{a:x}:{b:x}:{c:x}:{d:x}")
            }
        }
    }

    fn quota(self, settings: &Settings) -> Option<Quota> {
        match self {
            Self::User(_) => settings.of_users(),
            Self::Address(_) => settings.of_addresses(),
        }
    }
}

/// Counts the requests of clients.
pub struct Limits {
    settings: Live<Settings>,
    nodes: Nodes,
    memory: Memory,
}

impl Limits {
    /// Connects to nothing yet. A Redis server that does not answer within `patience` is left alone for a moment.
    pub fn new(settings: Live<Settings>, redis: &[SecretString], patience: Duration) -> RedisResult<Self> {
        Ok(Self { settings, nodes: Nodes::new(redis, patience)?, memory: Memory::default() })
    }

    /// Counts a request of `client`; nothing where there is no limit.
    pub async fn count(&self, client: Client) -> Option<(Quota, Verdict)> {
        let quota = client.quota(&self.settings.get())?;
        let key = client.key();
        let (verdict, counted_by) = match shared::count(&self.nodes, &key, quota).await {
            Some(verdict) => (verdict, "redis"),
            None => (self.memory.count(&key, quota), "memory"),
        };
        metrics::LIMITED.with_label_values(&[client.policy(), counted_by, verdict.name()]).inc();
        Some((quota, verdict))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_client_and_neighbours_are_not() {
        let key = |address: &str| Client::Address(address.parse().expect("an address")).key();
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:3:4:5:6"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
