//! How long a consumer goes on with a message that fails.

use std::time::Duration;

use crate::backoff::Backoff;

/// How often a message may fail by itself; with the pauses of [`Limits::default`] about four minutes.
const ATTEMPTS: i64 = 15;

/// After `attempts` deliveries that failed by themselves, with the pauses of `retry` between them, a message goes to the
/// dead letters.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub attempts: i64,
    pub retry: Backoff,
}

impl Default for Limits {
    fn default() -> Self {
        let retry = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(30) };
        Self { attempts: ATTEMPTS, retry }
    }
}
