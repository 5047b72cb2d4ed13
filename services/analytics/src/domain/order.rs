//! What the order service tells of an order.

use chrono::{DateTime, Utc};
use livemart_contracts::events::{
    FailureCode, OrderCancelled, OrderConfirmed, OrderCreated, OrderDelivered, OrderFailed, OrderShipped, PricedLine,
};
use livemart_contracts::{EventId, Money, UserId, facts};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::story::{Story, Told, date, tell};
use super::sums::Figure;

facts! {
    pub enum OrderFact {
        Created(OrderCreated),
        Confirmed(OrderConfirmed),
        Failed(OrderFailed),
        Cancelled(OrderCancelled),
        Shipped(OrderShipped),
        Delivered(OrderDelivered),
    }
}

/// What was ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub total: Money,
    pub lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub product_id: Uuid,
    pub quantity: i64,
    /// Of the whole line, in the order's currency.
    pub amount: i64,
}

impl From<&PricedLine> for Line {
    fn from(line: &PricedLine) -> Self {
        let quantity = i64::from(line.quantity);
        // No order is worth more than an i64 holds: the order service refuses it.
        let amount = line.unit_price.amount.saturating_mul(quantity);
        Self { product_id: line.product_id.uuid(), quantity, amount }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub customer_id: UserId,
    pub placed: Option<Told<Placed>>,
    pub confirmed_at: Option<DateTime<Utc>>,
    /// With its code.
    pub failed: Option<Told<String>>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub shipped_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
}

impl Order {
    pub fn new(customer_id: UserId) -> Self {
        Self {
            customer_id,
            placed: None,
            confirmed_at: None,
            failed: None,
            cancelled_at: None,
            shipped_at: None,
            delivered_at: None,
        }
    }

    /// Each line that was sold, its currency, and whether it was cancelled afterwards.
    pub fn sold(&self) -> impl Iterator<Item = (&Line, &'static str, bool)> {
        let placed = self.placed.as_ref().filter(|_| self.confirmed_at.is_some());
        let sales = placed.map(|Told { what, .. }| what.lines.iter().map(|line| (line, what.total.currency.code())));
        sales.into_iter().flatten().map(|(line, currency)| (line, currency, self.cancelled_at.is_some()))
    }
}

const fn code(code: FailureCode) -> &'static str {
    match code {
        FailureCode::PaymentDeclined => "payment-declined",
        FailureCode::OutOfStock => "out-of-stock",
        FailureCode::TimedOut => "timed-out",
    }
}

impl Story for Order {
    type Fact = OrderFact;

    fn begin(fact: &OrderFact) -> Self {
        let (OrderFact::Created(OrderCreated { customer_id, .. })
        | OrderFact::Confirmed(OrderConfirmed { customer_id, .. })
        | OrderFact::Failed(OrderFailed { customer_id, .. })
        | OrderFact::Cancelled(OrderCancelled { customer_id, .. })
        | OrderFact::Shipped(OrderShipped { customer_id, .. })
        | OrderFact::Delivered(OrderDelivered { customer_id, .. })) = fact;
        Self::new(*customer_id)
    }

    fn learn(&mut self, at: DateTime<Utc>, _: EventId, fact: &OrderFact) {
        match fact {
            OrderFact::Created(event) => {
                let lines = event.lines.iter().map(Line::from).collect();
                tell(&mut self.placed, at, Placed { total: event.total, lines });
            }
            OrderFact::Confirmed(_) => date(&mut self.confirmed_at, at),
            OrderFact::Failed(event) => tell(&mut self.failed, at, code(event.failure.code).to_owned()),
            OrderFact::Cancelled(_) => date(&mut self.cancelled_at, at),
            OrderFact::Shipped(_) => date(&mut self.shipped_at, at),
            OrderFact::Delivered(_) => date(&mut self.delivered_at, at),
        }
    }

    fn figures(&self) -> Vec<Figure> {
        let total = self.placed.as_ref().map(|placed| placed.what.total);
        let figure = |fact| Figure::of(fact).with_amount(total);
        let when = if self.confirmed_at.is_some() { AFTER_CONFIRMATION } else { BEFORE_CONFIRMATION };
        [
            self.placed.as_ref().map(|_| figure("created")),
            self.confirmed_at.map(|_| figure("confirmed")),
            self.failed.as_ref().map(|failed| figure("failed").with_code(&failed.what)),
            self.cancelled_at.map(|_| figure("cancelled").with_code(when)),
            self.shipped_at.map(|_| figure("shipped")),
            self.delivered_at.map(|_| figure("delivered")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// When an order was cancelled: only what was confirmed before had been sold.
pub const BEFORE_CONFIRMATION: &str = "before-confirmation";
pub const AFTER_CONFIRMATION: &str = "after-confirmation";
