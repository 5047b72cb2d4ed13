//! Trigger: a reservation waits for its order's decision longer than the decision can take.
//! Effect: it asks; the order service announces its decision again. Goods are never freed for silence: that is a decision
//! about the order, and not the inventory's.
//! Emits: `stock.stalled`, with growing pauses until the decision comes.
//! Undone by: nothing to undo.

use std::time::Duration;

use livemart_contracts::events::StockStalled;
use livemart_messaging::backoff::Backoff;
use livemart_messaging::watch::More;
use livemart_messaging::{Cause, Context, Failure, Watch};
use livemart_runtime::Live;

use crate::config::Settings;
use crate::store::reservations;

/// Questions in one commit.
const BATCH: usize = 256;
/// An order service that did not answer for a while is asked at least this often.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

pub struct StalledReservations {
    pub settings: Live<Settings>,
}

impl Watch for StalledReservations {
    const NAME: &'static str = "inventory-stalled-reservations";
    // A look at an index that is empty as a rule.
    const EVERY: Duration = Duration::from_secs(1);

    async fn look(&self, cx: &mut Context) -> Result<More, Failure> {
        let overdue = reservations::lock_overdue_in(cx.tx(), cx.now(), BATCH).await?;
        if overdue.is_empty() {
            return Ok(More::No);
        }
        let first = self.settings.get().stalled_after();
        let pauses = Backoff { first, longest: LONGEST_PAUSE.max(first) };
        let mut asked = Vec::with_capacity(overdue.len());
        for stalled in &overdue {
            let (order_id, reservation_id) = (stalled.order_id, stalled.reservation_id);
            cx.emit(Cause::timer(), &StockStalled { order_id, reservation_id });
            let asks = u32::try_from(stalled.asks).unwrap_or_default().saturating_add(1);
            asked.push((order_id, cx.now() + pauses.after(asks)));
        }
        reservations::asked_in(cx.tx(), &asked, cx.now()).await?;
        tracing::info!(orders = overdue.len(), "asked for decisions that are overdue");
        Ok(More::when_full(overdue.len(), BATCH))
    }
}
