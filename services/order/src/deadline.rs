//! The deadline: an order that nobody decided in time fails.
//!
//! The timer is the order's own row. What arrives later finds the order failed and is undone by its owner.

use std::time::Duration;

use livemart_messaging::watch::More;
use livemart_messaging::{Cause, Context, Failure, Watch};

use crate::decide::announce;
use crate::domain::{Order, Transition, failing};
use crate::store::orders;

/// Orders failed in one transaction.
const BATCH: usize = 256;

pub struct Deadline;

impl Watch for Deadline {
    const NAME: &'static str = "order-deadline";
    const EVERY: Duration = Duration::from_secs(1);

    async fn look(&self, cx: &mut Context) -> Result<More, Failure> {
        let mut overdue = orders::lock_overdue_in(cx.tx(), cx.now(), BATCH).await?;
        for order in overdue.values_mut() {
            if order.fail(failing::timed_out()) == Ok(Transition::Changed) {
                announce(cx, Cause::timer(), order);
            }
        }
        orders::save_in(cx.tx(), &overdue.values().collect::<Vec<&Order>>(), cx.now()).await?;
        Ok(More::when_full(overdue.len(), BATCH))
    }
}
