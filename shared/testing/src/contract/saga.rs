//! Who and what takes part in one run of a scenario.

use chrono::{DateTime, TimeDelta, Utc};
use livemart_contracts::events::{Line, PricedLine};
use livemart_contracts::money::Currency;
use livemart_contracts::{Clock, Money, OrderId, PaymentId, ProductId, ReservationId, UserId};

/// Ids that no other run uses.
#[derive(Debug, Clone)]
pub struct Saga {
    pub order_id: OrderId,
    pub customer_id: UserId,
    pub product_id: ProductId,
    pub payment_id: PaymentId,
    pub reservation_id: ReservationId,
    pub expires_at: DateTime<Utc>,
}

impl Saga {
    /// Of each order.
    pub const QUANTITY: u32 = 2;

    pub(super) fn new(clock: Clock) -> Self {
        Self {
            order_id: clock.new_id(),
            customer_id: clock.new_id(),
            product_id: clock.new_id(),
            payment_id: clock.new_id(),
            reservation_id: clock.new_id(),
            expires_at: clock.now() + TimeDelta::minutes(1),
        }
    }

    pub fn price(&self) -> Money {
        Money::new(15_900, Currency::KRW)
    }

    pub fn total(&self) -> Money {
        self.price().times(Self::QUANTITY).unwrap_or_else(|error| panic!("{error}"))
    }

    pub fn lines(&self) -> Vec<Line> {
        vec![Line { product_id: self.product_id, quantity: Self::QUANTITY }]
    }

    pub fn priced_lines(&self) -> Vec<PricedLine> {
        vec![PricedLine { product_id: self.product_id, quantity: Self::QUANTITY, unit_price: self.price() }]
    }
}
