//! Redis as a help: what is asked of it may go without an answer.
//!
//! [`Nodes`] are independent servers that share the keys between them; a [`Node`] that fails is left alone for a moment, so that
//! an outage costs one time-out in that moment, and not one per request. Locks, which need a quorum of servers and mend their
//! connections, have their own (`livemart-locks`).

mod node;

use std::time::Duration;

use redis::RedisResult;
use secrecy::{ExposeSecret, SecretString};

pub use node::Node;

/// Independent servers, each of which has a part of the keys.
pub struct Nodes {
    nodes: Vec<Node>,
}

impl Nodes {
    /// Connects to nothing yet. `urls`: `redis://[:password@]host:port`; `limit` is what a server that hangs may cost.
    ///
    /// # Errors
    /// An URL cannot be read.
    pub fn new(urls: &[SecretString], limit: Duration) -> RedisResult<Self> {
        // A variable that is set to nothing is one empty name.
        let urls = urls.iter().map(ExposeSecret::expose_secret).filter(|url| !url.is_empty());
        Ok(Self { nodes: urls.map(|url| Node::new(url, limit)).collect::<RedisResult<_>>()? })
    }

    /// The server of a key with this hash, always the same; `None` where there is no server at all.
    pub fn of(&self, hash: u64) -> Option<&Node> {
        let place = hash % (self.nodes.len().max(1) as u64);
        self.nodes.get(usize::try_from(place).unwrap_or_default())
    }
}
