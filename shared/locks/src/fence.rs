//! The fencing number: proof of who came later.
//!
//! # Why it rises
//!
//! Every node keeps a counter per resource, beside the key. Taking the key raises the counter in the
//! same script, to the larger of *counter + 1* and the *taker's clock* in microseconds, and answers it.
//! The fence of a lock is the largest answer of the majority that took it. Before the lock counts as
//! held, a majority of the counters must stand at that fence or above: they do at once when the answers
//! agree, which is the rule; else the nodes are told the largest, which costs a second round trip.
//! Extensions and the release tell it again, so that a node that lagged catches up with the others.
//!
//! Two majorities share a node. So a later majority has a node whose counter was at least the earlier
//! fence, its answer is larger than that, and the largest answer all the more. This needs no clock, and
//! holds while nodes only come and go.
//!
//! # When nodes forget
//!
//! A node that lost its data (a flush, a restart without persistence) breaks the chain where it was the
//! only shared one: where the others had not caught up, or a majority forgot. Then the clock holds it:
//! the next fence starts from the time of day, which is past every fence that was drawn from it, as long
//! as the taker's clock is not further behind the earlier taker's than the time that went by. So a flush
//! of some nodes, or of all, is harmless under clocks that differ by less than the pause between two
//! holders, and **not guaranteed to be under clocks that differ by more**: then a client whose clock
//! lags may be given a smaller number.
//!
//! That is safe, not comfortable: the store that checks the fence refuses the smaller number, and goes
//! on refusing until the lagging clock has caught up. [`Locks::raise_fence`](crate::Locks::raise_fence)
//! tells the nodes what the store has seen, and ends it at once.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use crate::clock::Clock;

/// A number that is larger for each later holder of the same resource; microseconds of Unix time unless
/// holders came faster or clocks ran behind. Compare it, read nothing else from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence(i64);

/// The largest integer that Redis' Lua, whose numbers are doubles, can still add one to exactly.
const LARGEST: i64 = (1 << 53) - 2;

/// How long a counter outlives its last use. It bounds the memory of resources that are no longer
/// locked; by then the clock is so far past the counter that it takes its place.
pub(crate) const COUNTER_RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Fence {
    /// As stored in a `bigint` column.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }

    /// A number that a node answered: scripts keep to the range.
    pub(crate) fn answered(number: i64) -> Self {
        Self(number)
    }

    /// What a taker proposes: the time of day. A clock before 1970 proposes nothing above a counter.
    pub(crate) fn proposed_by(clock: &dyn Clock) -> Self {
        let since: Duration = clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since.as_micros()).unwrap_or(LARGEST);
        Self(micros.clamp(1, LARGEST))
    }
}

impl TryFrom<i64> for Fence {
    type Error = FenceOutOfRange;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        match number {
            1..=LARGEST => Ok(Self(number)),
            _ => Err(FenceOutOfRange(number)),
        }
    }
}

impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number that no lock can have given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a fence: fences lie between 1 and 2^53 - 2")]
pub struct FenceOutOfRange(i64);

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    struct At(SystemTime);

    impl Clock for At {
        fn now(&self) -> SystemTime {
            self.0
        }
    }

    #[test]
    fn a_proposal_is_the_time_of_day_in_microseconds() {
        let clock = At(UNIX_EPOCH + Duration::from_micros(1_700_000_000_000_001));
        assert_eq!(Fence::proposed_by(&clock).get(), 1_700_000_000_000_001);
    }

    #[test]
    fn a_clock_out_of_all_range_still_proposes_a_fence() {
        let before = At(UNIX_EPOCH - Duration::from_secs(1));
        let after = At(UNIX_EPOCH + Duration::from_secs(1 << 40));
        assert_eq!(Fence::proposed_by(&before).get(), 1);
        assert_eq!(Fence::proposed_by(&after).get(), LARGEST);
    }

    #[test]
    fn numbers_that_no_lock_gives_are_refused() {
        for number in [i64::MIN, -1, 0, LARGEST + 1, i64::MAX] {
            assert_eq!(Fence::try_from(number), Err(FenceOutOfRange(number)));
        }
    }
}
