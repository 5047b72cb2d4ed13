//! Chance: the value that names a holder, and the pause between tries.

use std::ops::RangeInclusive;
use std::time::Duration;

use rand::Rng;

/// Where values and pauses come from; replaced in tests that need them to be known.
pub trait Random: Send + Sync {
    /// A value that nobody else draws: it is what proves ownership of a key. 128 bits, from a
    /// generator that cannot be guessed.
    fn value(&self) -> u128;

    /// A pause out of `range`, so that clients that collided do not collide again.
    fn pause(&self, range: &RangeInclusive<Duration>) -> Duration;
}

/// The thread's cryptographically secure generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct ThreadRandom;

impl Random for ThreadRandom {
    fn value(&self) -> u128 {
        rand::rng().random()
    }

    fn pause(&self, range: &RangeInclusive<Duration>) -> Duration {
        rand::rng().random_range(range.clone())
    }
}
