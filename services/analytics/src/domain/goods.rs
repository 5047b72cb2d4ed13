//! What the inventory tells of an order.

use chrono::{DateTime, Utc};
use livemart_contracts::{EventId, facts};

use super::story::{Story, date};
use super::sums::Figure;

facts! {
    pub enum StockFact {
        Reserved(StockReserved),
        Failed(StockFailed),
        Committed(StockCommitted),
        Released(StockReleased),
        Stalled(StockStalled),
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Goods {
    pub reserved_at: Option<DateTime<Utc>>,
    pub failed_at: Option<DateTime<Utc>>,
    pub committed_at: Option<DateTime<Utc>>,
    pub released_at: Option<DateTime<Utc>>,
    /// When it first asked for the order's decision.
    pub stalled_at: Option<DateTime<Utc>>,
}

impl Story for Goods {
    type Fact = StockFact;

    fn begin(_: &StockFact) -> Self {
        Self::default()
    }

    fn learn(&mut self, at: DateTime<Utc>, _: EventId, fact: &StockFact) {
        let moment = match fact {
            StockFact::Reserved(_) => &mut self.reserved_at,
            StockFact::Failed(_) => &mut self.failed_at,
            StockFact::Committed(_) => &mut self.committed_at,
            // Some came back with a refund: the reservation is as committed as before.
            StockFact::Released(released) if released.refund_id.is_some() => return,
            StockFact::Released(_) => &mut self.released_at,
            StockFact::Stalled(_) => &mut self.stalled_at,
        };
        date(moment, at);
    }

    fn figures(&self) -> Vec<Figure> {
        let moments = [
            ("reserved", self.reserved_at),
            ("failed", self.failed_at),
            ("committed", self.committed_at),
            ("released", self.released_at),
            ("stalled", self.stalled_at),
        ];
        moments.into_iter().filter_map(|(fact, at)| at.map(|_| Figure::of(fact))).collect()
    }
}
