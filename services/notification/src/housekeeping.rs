//! Webhooks of long ago.

use std::time::Duration;

use chrono::TimeDelta;
use livemart_messaging::watch::More;
use livemart_messaging::{Context, Failure, Watch};

use crate::store::deliveries;

/// Messages in one transaction, with their deliveries and attempts: milliseconds of work.
const AT_ONCE: i64 = 200;
/// Far longer than an event is tried, or may be old when it is passed on: what is forgotten is not sent a second time.
const MESSAGES_KEPT: TimeDelta = TimeDelta::days(30);

/// Forgets what was sent to third parties, and what they answered.
pub struct Housekeeping;

impl Watch for Housekeeping {
    const NAME: &'static str = "notification-housekeeping";
    const EVERY: Duration = Duration::from_secs(10 * 60);

    async fn look(&self, cx: &mut Context) -> Result<More, Failure> {
        let forgotten = deliveries::forget_in(cx.tx(), cx.now() - MESSAGES_KEPT, AT_ONCE).await?;
        Ok(if forgotten >= AT_ONCE.unsigned_abs() { More::Yes } else { More::No })
    }
}
