//! How long, how often, how tolerant: redsync's defaults, each with what it is for.

use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::SetupError;

/// How a lock is taken and kept. The defaults are redsync's.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long a key lives when its holder says nothing more. A holder that dies blocks others for
    /// this long. Default 8 s.
    pub expiry: Duration,
    /// How often [`lock`](crate::Locks::lock) tries before it gives up. Default 32, which with the
    /// default pause is about 5 s.
    pub tries: u32,
    /// The pause between two tries, drawn anew each time. Default 50 to 250 ms.
    pub pause: RangeInclusive<Duration>,
    /// The part of the expiry set aside for clocks of nodes and client that do not run at one speed.
    /// Default 0.01.
    pub drift_factor: f64,
    /// The part of the expiry that asking all nodes once may take: what a hung node can cost.
    /// Default 0.05, which is 400 ms of 8 s.
    pub timeout_factor: f64,
    /// Whether extending sets a key again on a node that lost it (redsync's SETNX on extend). It keeps
    /// a long-held lock alive while nodes restart empty one after the other; but between loss and
    /// extension somebody else may have had the lock on that node, which only the fence shows.
    /// Default `false`.
    pub recreate_on_extend: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            expiry: Duration::from_secs(8),
            tries: 32,
            pause: Duration::from_millis(50)..=Duration::from_millis(250),
            drift_factor: 0.01,
            timeout_factor: 0.05,
            recreate_on_extend: false,
        }
    }
}

/// Redis expires keys by the millisecond; below this, rounding alone would eat the validity.
const SHORTEST_EXPIRY: Duration = Duration::from_millis(100);

/// A holder extends after this part of the expiry, so that two extensions may fail before it is lost.
const EXTENSIONS_PER_EXPIRY: u32 = 3;

impl Options {
    pub(crate) fn check(&self) -> Result<(), SetupError> {
        let refuse = |what| Err(SetupError::Options(what));
        if self.expiry < SHORTEST_EXPIRY {
            return refuse("expiry must be at least 100 ms");
        }
        if self.tries == 0 {
            return refuse("tries must be at least 1");
        }
        if self.pause.is_empty() {
            return refuse("pause must not end before it starts");
        }
        if !(0.0..0.5).contains(&self.drift_factor) {
            return refuse("drift_factor must be at least 0 and less than 0.5");
        }
        if !(self.timeout_factor > 0.0 && self.timeout_factor <= 0.5) {
            return refuse("timeout_factor must be more than 0 and at most 0.5");
        }
        Ok(())
    }

    pub(crate) fn round_timeout(&self) -> Duration {
        self.expiry.mul_f64(self.timeout_factor)
    }

    /// Until when a lock holds whose keys were set by a round that began at `start`. Counting from the
    /// start pays for the time the round took: no node can have set its key earlier.
    pub(crate) fn valid_until(&self, start: Instant) -> Instant {
        start + self.expiry - self.expiry.mul_f64(self.drift_factor)
    }

    pub(crate) fn extend_every(&self) -> Duration {
        self.expiry / EXTENSIONS_PER_EXPIRY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_accepted() {
        assert!(Options::default().check().is_ok());
    }

    #[test]
    fn options_that_could_never_hold_a_lock_are_refused() {
        let refused = [
            Options { expiry: Duration::from_millis(99), ..Options::default() },
            Options { tries: 0, ..Options::default() },
            Options { drift_factor: 0.5, ..Options::default() },
            Options { drift_factor: f64::NAN, ..Options::default() },
            Options { timeout_factor: 0.0, ..Options::default() },
            Options { timeout_factor: f64::NAN, ..Options::default() },
        ];
        for options in refused {
            assert!(options.check().is_err(), "{options:?}");
        }
    }

    #[test]
    fn validity_counts_from_before_the_round_and_leaves_room_for_drift() {
        let start = Instant::now();
        let valid = Options::default().valid_until(start) - start;
        assert_eq!(valid, Duration::from_millis(7_920));
    }
}
