//! The watchdog: how many orders are undecided past their deadline.
//!
//! It decides nothing, that is the [`deadline`](crate::deadline)'s: a number above zero says that the deadline does not work.

use std::time::Duration;

use livemart_contracts::saga::DEADLINE_GRACE;
use livemart_messaging::metrics::SAGA_WAITING;
use livemart_messaging::watch::More;
use livemart_messaging::{Context, Failure, Watch};

use crate::store::orders;

pub struct Waiting;

impl Watch for Waiting {
    const NAME: &'static str = "order-waiting";
    // As often as metrics are usually read.
    const EVERY: Duration = Duration::from_secs(10);

    async fn look(&self, cx: &mut Context) -> Result<More, Failure> {
        let undecided = orders::count_overdue(cx.tx(), cx.now() - DEADLINE_GRACE).await?;
        SAGA_WAITING.with_label_values(&["decision"]).set(undecided);
        Ok(More::No)
    }
}
