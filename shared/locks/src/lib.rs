//! A lock over one or more independent Redis nodes, with a number that lets its user stay right when
//! the lock is wrong.
//!
//! The algorithm is that of [redsync](https://github.com/go-redsync/redsync), itself Redis' "Redlock":
//! a random value is set, with an expiry, on every node at once; the lock is held when a majority took
//! it in time. One node is a plain Redis lock; three or five go on when a minority is gone.
//!
//! ```no_run
//! # async fn reserve() -> Result<(), Box<dyn std::error::Error>> {
//! use livemart_locks::{Locks, Options};
//!
//! let locks = Locks::new("inventory", &["redis://127.0.0.1:6379"], Options::default())?;
//! let guard = locks.lock_all(["prd_a", "prd_b"]).await?;
//! // … UPDATE stock SET … , fence = $1 WHERE fence <= $1, with guard.fence().get() as $1 …
//! guard.release().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises, and what it does not
//!
//! A lock that expires cannot exclude for certain: a holder may be paused past its expiry, a node may
//! forget a key when it restarts, a clock may jump. So this lock *takes contention away*; what is done
//! under it must be right without it. Two things help the user to be so:
//!
//! - [`LockGuard::lost`] says when the lock is gone, so that work can stop early;
//! - [`LockGuard::fence`] is a number that rises with every holder of a resource. The store that is
//!   written to keeps the highest it has seen and refuses a lower one: a late holder does no harm.
//!   [`Fence`] says how far the number can be trusted when nodes lose their data.
//!
//! Where this differs from redsync: a majority that cannot be reached is an error at once instead of
//! after all tries, for the caller can go on without the lock and need not wait; every try has a value
//! of its own, so that cleaning up after one cannot touch the next; and the fence.
//!
//! # Nodes
//!
//! Nodes are independent servers, not replicas of each other. One that restarts empty should stay away
//! for one expiry, else it may vote twice; `appendfsync always` or a delayed restart does that.
//! `maxmemory-policy noeviction` keeps keys from being evicted under a holder.
//!
//! # Reading order
//!
//! `locks` (taking) → `guard` and `keeper` (holding) → `round` and `tally` (asking all nodes, deciding)
//! → `scripts` (what a node does) → `node` (one connection); `fence` for the numbers.

mod clock;
mod error;
mod fence;
mod guard;
mod held;
mod keeper;
mod keys;
mod locks;
mod node;
mod options;
mod random;
mod round;
mod scripts;
mod tally;

pub use clock::{Clock, SystemClock};
pub use error::{LockError, NodeFailure, SetupError};
pub use fence::{Fence, FenceOutOfRange};
pub use guard::LockGuard;
pub use locks::Locks;
pub use options::Options;
pub use random::{Random, ThreadRandom};
