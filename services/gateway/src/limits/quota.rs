//! The generic cell rate algorithm (ITU-T I.371): a leaky bucket that remembers a single time.

use std::num::NonZeroU32;
use std::time::Duration;

const SECOND: u64 = 1_000_000;

/// Requests a second on average, and how many of them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub rate: NonZeroU32,
    pub burst: NonZeroU32,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// How long to wait, where it is refused.
    pub refused: Option<Duration>,
    /// Until the whole burst is there again.
    pub reset: Duration,
}

impl Verdict {
    /// As the metrics write it.
    pub const fn name(&self) -> &'static str {
        if self.refused.is_some() { "refused" } else { "passed" }
    }
}

impl Quota {
    /// Between two requests at the average rate, in microseconds.
    pub(super) fn interval(self) -> u64 {
        (SECOND / u64::from(self.rate.get())).max(1)
    }

    /// In which the whole burst comes back.
    pub fn window(self) -> Duration {
        Duration::from_micros(self.interval() * u64::from(self.burst.get()))
    }

    /// Requests that may still come at once.
    pub fn remaining(self, verdict: Verdict) -> u32 {
        let used = u64::try_from(verdict.reset.as_micros()).unwrap_or(u64::MAX).div_ceil(self.interval());
        self.burst.get().saturating_sub(u32::try_from(used).unwrap_or(u32::MAX))
    }

    /// Decides about a request at `now`, of a client whose bucket is empty at `empty_at`, and answers when it will be. In
    /// microseconds. `shared.lua` does the same.
    pub(super) fn decide(self, empty_at: u64, now: u64) -> (u64, Verdict) {
        let filled = empty_at.max(now);
        let next = filled + self.interval();
        let allowed_from = next.saturating_sub(self.interval() * u64::from(self.burst.get()));
        if allowed_from > now {
            let refused = Some(Duration::from_micros(allowed_from - now));
            return (empty_at, Verdict { refused, reset: Duration::from_micros(filled - now) });
        }
        (next, Verdict { refused: None, reset: Duration::from_micros(next - now) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { rate: NonZeroU32::new(10).unwrap(), burst: NonZeroU32::new(3).unwrap() };

    #[test]
    fn a_burst_passes_and_the_next_request_waits_for_its_turn() {
        let now = 1_000 * SECOND;
        let mut empty_at = 0;
        for left in [2, 1, 0] {
            let (next, verdict) = QUOTA.decide(empty_at, now);
            assert_eq!((verdict.refused, QUOTA.remaining(verdict)), (None, left));
            empty_at = next;
        }
        let (unchanged, refused) = QUOTA.decide(empty_at, now);
        assert_eq!(unchanged, empty_at, "a refused request costs nothing");
        assert_eq!((refused.refused, QUOTA.remaining(refused)), (Some(Duration::from_millis(100)), 0));
        assert_eq!(QUOTA.decide(empty_at, now + SECOND / 10).1.refused, None);
    }

    #[test]
    fn over_a_long_time_as_many_pass_as_the_rate_allows() {
        let (mut empty_at, mut passed) = (0, 0);
        // Ten times the rate, for ten seconds.
        for step in 0..1_000 {
            let (next, verdict) = QUOTA.decide(empty_at, 1_000 * SECOND + step * SECOND / 100);
            empty_at = next;
            passed += u32::from(verdict.refused.is_none());
        }
        assert!((100..=103).contains(&passed), "{passed}");
    }

    #[test]
    fn after_a_pause_there_is_one_burst_and_no_more() {
        let (next, verdict) = QUOTA.decide(SECOND, 1_000 * SECOND);
        assert_eq!((next, QUOTA.remaining(verdict)), (1_000 * SECOND + SECOND / 10, 2));
        assert_eq!(QUOTA.window(), Duration::from_millis(300));
    }
}
