//! The events that third parties can hear of, and what each of them says has happened.
//!
//! Of the shop's facts these are the orders and their payments: no personal data beyond ids, and nothing about how the
//! services keep each other going.

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

/// Facts of one stream that can be passed on.
pub trait Subscribed: Facts {
    const DURABLE: &'static str;

    /// Whether it may happen to an order more than once.
    fn recurs(&self) -> bool {
        false
    }

    /// Names what happened. The order service announces a decision again, in another event, to whoever asks for it: that is
    /// the same fact. Of what recurs, only its `event` tells one from the other.
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
    OrderFact::SUBJECTS.iter().chain(PaymentFact::SUBJECTS).copied()
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

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
}
