//! What the others hear of a decision: the same facts whenever it is announced, the first time and again.

use livemart_contracts::events::{OrderCancelled, OrderConfirmed, OrderFailed};

use super::{Order, Status};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Announcement {
    Confirmed(OrderConfirmed),
    Failed(OrderFailed),
    Cancelled(OrderCancelled),
}

impl Order {
    /// The decision about this order; `None` while there is none. A shipped or delivered order was decided by its
    /// confirmation.
    pub fn announcement(&self) -> Option<Announcement> {
        let (order_id, customer_id) = (self.id, self.customer_id);
        Some(match self.status {
            Status::Pending => return None,
            Status::Confirmed | Status::Shipped | Status::Delivered => {
                Announcement::Confirmed(OrderConfirmed { order_id, customer_id })
            }
            Status::Failed => {
                let failure = self.failure.clone().unwrap_or_else(|| unreachable!("a failed order says why"));
                Announcement::Failed(OrderFailed { order_id, customer_id, failure })
            }
            Status::Cancelled => {
                let reason = self.cancel_reason.clone().unwrap_or_default();
                Announcement::Cancelled(OrderCancelled { order_id, customer_id, reason })
            }
        })
    }
}
