//! The wall clock, which only the fence reads. Expiries are measured with the monotonic clock.

use std::time::SystemTime;

/// Where the fence takes the time of day from; replaced in tests that need a clock to lie.
pub trait Clock: Send + Sync {
    /// The time of day. It may jump: nothing but a lost fence counter depends on it.
    fn now(&self) -> SystemTime;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
