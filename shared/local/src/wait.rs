//! Waiting for a condition, with a limit, and saying which one did not come.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// Between two looks: a start should not feel slow for our looking, nor be slowed by it.
const BETWEEN_LOOKS: Duration = Duration::from_millis(25);

/// What one look found.
pub enum Look<T> {
    There(T),
    /// With the reason, which the error shows if the limit passes.
    NotYet(String),
}

/// Looks until it is there. An error of the look itself ends the wait at once.
pub async fn until<T>(
    what: impl Into<String>,
    limit: Duration,
    mut look: impl AsyncFnMut() -> Result<Look<T>>,
) -> Result<T> {
    let begun = Instant::now();
    let mut last_problem = None;
    while begun.elapsed() < limit {
        match look().await? {
            Look::There(value) => return Ok(value),
            Look::NotYet(problem) => last_problem = Some(problem),
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Err(Error::TimedOut { what: what.into(), waited: limit, last_problem })
}
