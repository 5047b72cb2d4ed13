//! Waiting for a condition instead of for a time.

use std::fmt::Display;
use std::time::Duration;

use livemart_local::wait::{self, Look};

/// Far beyond what anything here takes on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until `look` gives a value, and gives it back. What it gives instead says what was seen; the last of that is
/// in the panic when the value does not come within [`PATIENCE`].
pub async fn eventually<T, S: Display>(what: &str, look: impl AsyncFnMut() -> Result<T, S>) -> T {
    eventually_within(PATIENCE, what, look).await
}

/// As [`eventually`], with another limit: for what has to come soon, or may take long.
pub async fn eventually_within<T, S: Display>(
    limit: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<T, S>,
) -> T {
    let looked = wait::until(what, limit, async || {
        Ok(match look().await {
            Ok(value) => Look::There(value),
            Err(seen) => Look::NotYet(format!("last seen: {seen}")),
        })
    });
    looked.await.unwrap_or_else(|error| panic!("{error}"))
}
