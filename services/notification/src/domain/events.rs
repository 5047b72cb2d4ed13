//! The events that third parties can hear of, and what each of them says has happened.
//!
//! Of the shop's facts these are the orders, their payments and goods, and the catalogue: no personal data beyond ids, and
//! nothing about how the services keep each other going (`payment.stalled`, `stock.stalled`).

use livemart_contracts::events::DecodeError;
use livemart_contracts::{EventId, Facts, OrderId, facts};
use serde_json::value::RawValue;

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

facts! {
    pub enum PaymentFact {
        Authorized(PaymentAuthorized),
        Failed(PaymentFailed),
        Captured(PaymentCaptured),
        Voided(PaymentVoided),
        Refunded(PaymentRefunded),
    }
}

facts! {
    pub enum StockFact {
        Reserved(StockReserved),
        Failed(StockFailed),
        Committed(StockCommitted),
        Released(StockReleased),
        Changed(StockChanged),
        Low(StockLow),
    }
}

facts! {
    pub enum ProductFact {
        Created(ProductCreated),
        Updated(ProductUpdated),
        Deleted(ProductDeleted),
    }
}

/// Facts of one stream that can be passed on.
pub trait Subscribed: Facts {
    const DURABLE: &'static str;

    /// Whether it may happen to an order more than once.
    fn recurs(&self) -> bool {
        false
    }

    /// Names what happened. The order service announces a decision again, in another event, to whoever asks for it: that is
    /// the same fact. Of what recurs, or belongs to no order, only its `event` tells one from the other.
    fn fact(&self, event: EventId) -> String {
        match self.order().filter(|_| !self.recurs()) {
            Some(order) => format!("{}:{order}", self.subject()),
            None => format!("{}:{event}", self.subject()),
        }
    }
}

impl Subscribed for OrderFact {
    const DURABLE: &'static str = "notification-webhooks-orders";
}

impl Subscribed for PaymentFact {
    const DURABLE: &'static str = "notification-webhooks-payments";

    fn recurs(&self) -> bool {
        // Several partial refunds.
        matches!(self, Self::Refunded(_))
    }
}

impl Subscribed for StockFact {
    const DURABLE: &'static str = "notification-webhooks-stock";

    fn recurs(&self) -> bool {
        // Each partial refund brings some of the goods back.
        matches!(self, Self::Released(_))
    }
}

impl Subscribed for ProductFact {
    const DURABLE: &'static str = "notification-webhooks-products";
}

/// A fact with its body as its owner published it: what is passed on has every field, those unknown here too.
#[derive(Debug, Clone)]
pub struct Verbatim<F> {
    pub fact: F,
    pub body: Box<RawValue>,
}

impl<F: Facts> Facts for Verbatim<F> {
    const SUBJECTS: &'static [&'static str] = F::SUBJECTS;

    fn decode(subject: &str, body: &[u8]) -> Result<Self, DecodeError> {
        let fact = F::decode(subject, body)?;
        let body =
            serde_json::from_slice(body).map_err(|source| DecodeError::Body { subject: fact.subject(), source })?;
        Ok(Self { fact, body })
    }

    fn subject(&self) -> &'static str {
        self.fact.subject()
    }

    fn order(&self) -> Option<OrderId> {
        self.fact.order()
    }
}

/// Every type that an endpoint can ask for.
pub fn types() -> impl Iterator<Item = &'static str> {
    let subjects = [OrderFact::SUBJECTS, PaymentFact::SUBJECTS, StockFact::SUBJECTS, ProductFact::SUBJECTS];
    subjects.into_iter().flatten().copied()
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;
    use livemart_contracts::events::{ProductDeleted, StockFailed, StockLow, StockReleased};

    use super::*;

    #[test]
    fn fields_that_are_unknown_here_are_passed_on() {
        let clock = Clock::default();
        let order = clock.new_id::<livemart_contracts::ids::Order>();
        let body = format!(
            r#"{{"order_id":"{order}","customer_id":"{}","gift":true}}"#,
            clock.new_id::<livemart_contracts::ids::User>()
        );
        let read = Verbatim::<OrderFact>::decode("order.confirmed", body.as_bytes()).unwrap();
        assert_eq!(read.body.get(), body);
        let (one, other) = (clock.new_id(), clock.new_id());
        assert_eq!(read.fact.fact(one), read.fact.fact(other), "announced again, it is the same fact");
        assert!(Verbatim::<OrderFact>::decode("order.confirmed", b"{}").is_err());
        assert!(Verbatim::<OrderFact>::decode("user.erased", body.as_bytes()).is_err());
    }

    #[test]
    fn what_happens_to_a_product_or_comes_back_in_parts_is_told_each_time() {
        let clock = Clock::default();
        let (product_id, order_id) = (clock.new_id(), clock.new_id());
        let (one, other) = (clock.new_id(), clock.new_id());
        let low = StockFact::Low(StockLow { product_id, available: 3, threshold: 5 });
        let released = StockReleased { order_id, reservation_id: clock.new_id(), lines: Vec::new(), refund_id: None };
        let deleted = ProductFact::Deleted(ProductDeleted { product_id, sku: "PEN".to_owned(), version: 2 });
        assert_ne!(low.fact(one), low.fact(other));
        assert_ne!(StockFact::Released(released.clone()).fact(one), StockFact::Released(released).fact(other));
        assert_ne!(deleted.fact(one), deleted.fact(other));
        let failed = StockFact::Failed(StockFailed { order_id, shortages: Vec::new() });
        assert_eq!(failed.fact(one), failed.fact(other), "it happens to an order once");
    }

    #[test]
    fn nobody_outside_hears_how_services_keep_each_other_going() {
        let told: Vec<&str> = types().collect();
        assert!(told.contains(&"stock.low") && told.contains(&"product.updated"), "{told:?}");
        assert!(told.iter().all(|kind| !kind.ends_with(".stalled") && !kind.starts_with("user.")), "{told:?}");
    }
}
