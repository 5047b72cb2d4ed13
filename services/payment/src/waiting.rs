//! The watchdog: how many payments wait too long, for their provider or for their order's decision.
//!
//! It does nothing about them. The tasks are tried again anyway, and [`stalled`](crate::stalled) asks for the decision.

use std::time::Duration;

use livemart_contracts::saga::STEP_LIMIT;
use livemart_messaging::metrics::SAGA_WAITING;
use livemart_messaging::watch::More;
use livemart_messaging::{Context, Effect, Failure, Watch};

use crate::effects::{Authorize, Capture, Refund, Void};
use crate::store::payments;

/// Steps by the call that they wait for.
const CALLS: [(&str, &str); 4] =
    [("authorization", Authorize::KIND), ("capture", Capture::KIND), ("void", Void::KIND), ("refund", Refund::KIND)];

pub struct Waiting;

impl Watch for Waiting {
    const NAME: &'static str = "payment-waiting";
    // As often as metrics are usually read.
    const EVERY: Duration = Duration::from_secs(10);

    async fn look(&self, cx: &mut Context) -> Result<More, Failure> {
        let late = payments::count_late_calls(cx.tx(), cx.now() - STEP_LIMIT).await?;
        for (step, kind) in CALLS {
            SAGA_WAITING.with_label_values(&[step]).set(late.get(kind).copied().unwrap_or_default());
        }
        // Twice: it asks after the first, and the answer takes its time.
        let held = payments::count_undecided(cx.tx(), cx.now() - 2 * STEP_LIMIT).await?;
        SAGA_WAITING.with_label_values(&["decision-on-hold"]).set(held);
        Ok(More::No)
    }
}
