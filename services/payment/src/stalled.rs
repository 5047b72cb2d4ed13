//! Holds whose order nobody decides: asks the order service to announce its decision again.
//!
//! A lost event thus costs time, not truth. The payment service never decides by itself: a hold that it released might
//! belong to a confirmed order.

use std::time::Duration;

use chrono::TimeDelta;
use livemart_contracts::events::PaymentStalled;
use livemart_messaging::watch::More;
use livemart_messaging::{Cause, Context, Failure, Watch};

use crate::config::Config;
use crate::store::payments;

/// Payments asked about in one transaction.
const BATCH: usize = 256;

pub struct Stalled {
    after: TimeDelta,
}

impl Stalled {
    pub fn new(config: &Config) -> Self {
        Self { after: TimeDelta::seconds(i64::from(config.stalled_after_seconds)) }
    }
}

impl Watch for Stalled {
    const NAME: &'static str = "payment-stalled";
    const EVERY: Duration = Duration::from_secs(1);

    async fn look(&self, cx: &mut Context) -> Result<More, Failure> {
        let stalled = payments::take_stalled_in(cx.tx(), cx.now(), self.after, BATCH).await?;
        for payment in &stalled {
            cx.emit(Cause::timer(), &PaymentStalled { order_id: payment.order_id, payment_id: payment.payment_id });
        }
        Ok(More::when_full(stalled.len(), BATCH))
    }
}
