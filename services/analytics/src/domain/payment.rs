//! What the payment service tells of an order.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use livemart_contracts::money::Currency;
use livemart_contracts::{EventId, Money, facts};

use super::story::{Story, Told, date, tell};
use super::sums::Figure;

facts! {
    pub enum PaymentFact {
        Authorized(PaymentAuthorized),
        Failed(PaymentFailed),
        Captured(PaymentCaptured),
        Voided(PaymentVoided),
        Refunded(PaymentRefunded),
        Stalled(PaymentStalled),
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payment {
    pub authorized_at: Option<DateTime<Utc>>,
    /// With the provider's code.
    pub failed: Option<Told<String>>,
    pub captured: Option<Told<i64>>,
    pub voided_at: Option<DateTime<Utc>>,
    /// How much went back each time: by the refund that the staff asked for, or by the event.
    pub refunds: BTreeMap<String, i64>,
    /// Of what was captured and refunded.
    pub currency: Option<Currency>,
    /// When it first asked for the order's decision.
    pub stalled_at: Option<DateTime<Utc>>,
}

impl Payment {
    pub fn captured(&self) -> i64 {
        self.captured.as_ref().map_or(0, |captured| captured.what)
    }

    /// Never more than was captured, once that is known: a refund that says no name of its own and is told again as
    /// another event adds nothing.
    pub fn refunded(&self) -> i64 {
        let refunded = self.refunds.values().sum();
        self.captured.as_ref().map_or(refunded, |captured| captured.what.min(refunded))
    }
}

impl Story for Payment {
    type Fact = PaymentFact;

    fn begin(_: &PaymentFact) -> Self {
        Self::default()
    }

    fn learn(&mut self, at: DateTime<Utc>, event: EventId, fact: &PaymentFact) {
        match fact {
            PaymentFact::Authorized(_) => date(&mut self.authorized_at, at),
            PaymentFact::Failed(failed) => tell(&mut self.failed, at, failed.code.clone()),
            PaymentFact::Captured(captured) => {
                tell(&mut self.captured, at, captured.amount.amount);
                self.currency = Some(captured.amount.currency);
            }
            PaymentFact::Voided(_) => date(&mut self.voided_at, at),
            PaymentFact::Refunded(refunded) => {
                let name = refunded.refund_id.map_or_else(|| event.to_string(), |refund| refund.to_string());
                self.refunds.insert(name, refunded.amount.amount);
                self.currency = Some(refunded.amount.currency);
            }
            PaymentFact::Stalled(_) => date(&mut self.stalled_at, at),
        }
    }

    fn figures(&self) -> Vec<Figure> {
        let money = |amount| self.currency.map(|currency| Money::new(amount, currency));
        [
            self.authorized_at.map(|_| Figure::of("authorized")),
            self.failed.as_ref().map(|failed| Figure::of("failed").with_code(&failed.what)),
            self.captured.as_ref().map(|_| Figure::of("captured").with_amount(money(self.captured()))),
            self.voided_at.map(|_| Figure::of("voided")),
            (self.refunded() > 0).then(|| Figure::of("refunded").with_amount(money(self.refunded()))),
            self.stalled_at.map(|_| Figure::of("stalled")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;
    use livemart_contracts::events::PaymentRefunded;
    use livemart_contracts::ids::RefundId;

    use super::*;

    fn refunded(refund_id: Option<RefundId>, amount: i64) -> PaymentFact {
        let (order_id, payment_id) = (Clock::default().new_id(), Clock::default().new_id());
        let amount = Money::new(amount, Currency::KRW);
        PaymentFact::Refunded(PaymentRefunded { order_id, payment_id, amount, refund_id, restock: Vec::new() })
    }

    #[test]
    fn a_refund_with_a_name_counts_once_however_often_it_is_told() {
        let (clock, mut payment) = (Clock::default(), Payment::default());
        let named = refunded(Some(clock.new_id()), 100);
        for fact in [&named, &named, &refunded(Some(clock.new_id()), 100), &refunded(None, 30)] {
            payment.learn(clock.now(), clock.new_id(), fact);
        }
        assert_eq!(payment.refunded(), 230);
    }
}
