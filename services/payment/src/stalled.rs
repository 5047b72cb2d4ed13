//! Holds whose order nobody decides: asks the order service to announce its decision again.
//!
//! A lost event thus costs time, not truth. The payment service never decides by itself: a hold that it released might
//! belong to a confirmed order.

use std::time::Duration;

use livemart_contracts::events::PaymentStalled;
use livemart_messaging::watch::More;
use livemart_messaging::{Cause, Context, Failure, Watch};
use livemart_runtime::Live;

use crate::config::Settings;
use crate::store::payments;

/// Payments asked about in one transaction.
const BATCH: usize = 256;

pub struct Stalled {
    pub settings: Live<Settings>,
}

impl Watch for Stalled {
    const NAME: &'static str = "payment-stalled";
    const EVERY: Duration = Duration::from_secs(1);

    async fn look(&self, cx: &mut Context) -> Result<More, Failure> {
        let after = self.settings.get().stalled_after();
        let stalled = payments::take_stalled_in(cx.tx(), cx.now(), after, BATCH).await?;
        for payment in &stalled {
            cx.emit(Cause::timer(), &PaymentStalled { order_id: payment.order_id, payment_id: payment.payment_id });
        }
        Ok(More::when_full(stalled.len(), BATCH))
    }
}
