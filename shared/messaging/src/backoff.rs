//! How long to wait before trying again.

use std::time::Duration;

use rand::Rng;

/// Doubling delays between two bounds, with jitter: each is drawn from the upper half of its step, so that replicas that
/// failed together do not return together.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    pub first: Duration,
    pub longest: Duration,
}

impl Backoff {
    /// The delay after the `attempt`th failure, counted from 1.
    pub fn after(self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(20);
        let step = self.first.saturating_mul(1 << doublings).min(self.longest);
        step.mul_f64(rand::rng().random_range(0.5..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_their_bound_and_never_beyond() {
        let backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(2) };
        assert!(backoff.after(1) <= Duration::from_millis(100));
        assert!(backoff.after(4) >= Duration::from_millis(400));
        assert!(backoff.after(u32::MAX) <= Duration::from_secs(2));
    }
}
