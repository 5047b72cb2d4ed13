//! The events that third parties can hear of, and what each of them says has happened.
//!
//! Of the shop's facts these are the orders and their payments: no personal data beyond ids, and nothing about how the
//! services keep each other going.

use livemart_contracts::events::DecodeError;
use livemart_contracts::{EventId, Facts, facts};
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

    /// Names what happened, whatever event announces it; `event` is that event.
    fn fact(&self, event: EventId) -> String;
}

impl Subscribed for OrderFact {
    const DURABLE: &'static str = "notification-webhooks-orders";

    fn fact(&self, _: EventId) -> String {
        // The order service announces a decision again, under a new id, to whoever asks for it.
        match self {
            Self::Created(event) => format!("order.created:{}", event.order_id),
            Self::Confirmed(event) => format!("order.confirmed:{}", event.order_id),
            Self::Failed(event) => format!("order.failed:{}", event.order_id),
            Self::Cancelled(event) => format!("order.cancelled:{}", event.order_id),
            Self::Shipped(event) => format!("order.shipped:{}", event.order_id),
            Self::Delivered(event) => format!("order.delivered:{}", event.order_id),
        }
    }
}

impl Subscribed for PaymentFact {
    const DURABLE: &'static str = "notification-webhooks-payments";

    fn fact(&self, event: EventId) -> String {
        match self {
            Self::Authorized(event) => format!("payment.authorized:{}", event.payment_id),
            Self::Failed(event) => format!("payment.failed:{}", event.payment_id),
            Self::Captured(event) => format!("payment.captured:{}", event.payment_id),
            Self::Voided(event) => format!("payment.voided:{}", event.payment_id),
            // Several partial refunds of one payment are several facts, and only their events tell them apart.
            Self::Refunded(_) => format!("payment.refunded:{event}"),
        }
    }
}

/// A fact with its body as its owner published it: what is passed on has every field, those unknown here too.
#[derive(Debug, Clone)]
pub struct Verbatim<F> {
    pub fact: F,
    pub subject: &'static str,
    pub body: Box<RawValue>,
}

impl<F: Facts> Facts for Verbatim<F> {
    const SUBJECTS: &'static [&'static str] = F::SUBJECTS;

    fn decode(subject: &str, body: &[u8]) -> Result<Self, DecodeError> {
        let known = F::SUBJECTS.iter().copied().find(|known| *known == subject);
        let known = known.ok_or_else(|| DecodeError::Subject(subject.to_owned()))?;
        let fact = F::decode(subject, body)?;
        let body = serde_json::from_slice(body).map_err(|source| DecodeError::Body { subject: known, source })?;
        Ok(Self { fact, subject: known, body })
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
