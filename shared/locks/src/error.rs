//! What can go wrong, told apart by what the caller can do about it.

use std::fmt;

/// A lock that was not taken, or did not last.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Somebody else holds it: try later.
    #[error("{resource} is locked by somebody else")]
    Taken {
        /// A resource that was taken (of several, the first one seen to be).
        resource: String,
    },

    /// Too few nodes answered: go on without the lock, or fail; waiting helps only if they return.
    #[error(
        "{reached} of {nodes} lock nodes answered and {needed} are needed: {}; check that these Redis servers run and can be reached",
        Failures(.failures)
    )]
    NoQuorum {
        /// Nodes that answered, whatever they said.
        reached: usize,
        /// Nodes that must agree.
        needed: usize,
        /// Nodes there are.
        nodes: usize,
        /// Why the others did not, as far as known when it was decided.
        failures: Vec<NodeFailure>,
    },

    /// The lock ran out before it was released or extended, or while it was being taken. Somebody else
    /// may have held it since: only the fence protects what was done.
    #[error("the lock on {resource} expired before it was {before}")]
    Expired {
        /// The (first) resource locked.
        resource: String,
        /// What came too late: `taken`, `extended` or `released`.
        before: &'static str,
    },

    /// A lock over nothing locks nothing, which is surely not what was meant.
    #[error("no resource was named to lock")]
    NoResources,

    /// A script with more keys would stop the node for everybody else.
    #[error("{given} resources are too many to lock at once: at most {limit}; lock a coarser resource instead")]
    TooManyResources {
        /// Distinct resources named.
        given: usize,
        /// How many may be.
        limit: usize,
    },
}

/// Why one node did not vote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeFailure {
    /// `host:port`, without credentials.
    pub node: String,
    /// What it or the network said.
    pub reason: String,
}

struct Failures<'a>(&'a [NodeFailure]);

impl fmt::Display for Failures<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, NodeFailure { node, reason }) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{node}: {reason}")?;
        }
        Ok(())
    }
}

/// A set of locks that cannot be made from what was configured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// There must be somebody to ask.
    #[error("no lock node is configured: name at least one Redis URL")]
    NoNodes,

    /// The URL is not shown, for it may hold a password.
    #[error("lock node number {number} has no usable URL (redis://[:password@]host:port): {reason}")]
    Url {
        /// Position in the list, from 1.
        number: usize,
        /// What is wrong with it.
        reason: String,
    },

    /// A node listed twice would vote twice.
    #[error("lock node {node} is listed twice: nodes must be independent servers")]
    SameNodeTwice {
        /// `host:port`.
        node: String,
    },

    /// An option out of its range.
    #[error("lock options: {0}")]
    Options(&'static str),

    /// Connections and extensions run as tasks.
    #[error("locks must be set up inside a tokio runtime")]
    NoRuntime,
}
