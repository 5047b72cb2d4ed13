//! What the tests share: nodes, quick options, clocks that lie.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use livemart_locks::{Clock, Locks, Options};

use crate::redis_server::RedisServer;

/// Nothing here takes this long unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn nodes<const N: usize>() -> [RedisServer; N] {
    std::array::from_fn(|_| RedisServer::start())
}

/// Patient with slow test machines, quick to try again.
pub fn options() -> Options {
    Options {
        expiry: Duration::from_secs(4),
        timeout_factor: 0.25,
        tries: 1_000,
        pause: Duration::from_millis(2)..=Duration::from_millis(20),
        ..Options::default()
    }
}

/// For tests that wait for a lock to run out.
pub fn brief() -> Options {
    Options { expiry: Duration::from_millis(600), timeout_factor: 0.5, ..options() }
}

pub fn locks(nodes: &[RedisServer], options: Options) -> Locks {
    let urls: Vec<String> = nodes.iter().map(RedisServer::url).collect();
    Locks::new("test", &urls, options).unwrap()
}

/// A clock that shows what it is told, in microseconds of Unix time.
#[derive(Clone, Default)]
pub struct SetClock(Arc<AtomicU64>);

impl SetClock {
    pub fn at(micros: u64) -> Self {
        let clock = Self::default();
        clock.set(micros);
        clock
    }

    pub fn set(&self, micros: u64) {
        self.0.store(micros, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(self.0.load(Ordering::SeqCst))
    }
}
