//! The states of a payment.
//!
//! ```text
//! pending <-> unknown -> authorized -> captured -> (partially_refunded ->) refunded
//!    |           |            |
//!    +-----------+-> failed   +-> voided
//! ```
//!
//! Two things move it: what the provider answered, and what the order service decided. They arrive in any order. A
//! payment whose order is over is undone whenever money turns out to be held or taken; one that nobody has heard of yet
//! is remembered as a tombstone, so that it never starts.

use chrono::{DateTime, Utc};
use livemart_contracts::events::{Line, OrderCreated, PricedLine};
use livemart_contracts::{Money, OrderId, PaymentId, UserId};

use super::{Amounts, NotRefundable, OrderFate, Status};

/// What is to be paid, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    pub amount: Money,
    pub method: String,
    pub lines: Vec<Line>,
    pub expires_at: DateTime<Utc>,
}

/// Why the provider said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decline {
    pub code: String,
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub customer_id: UserId,
    pub status: Status,
    pub fate: OrderFate,
    /// `None` in a tombstone.
    pub terms: Option<Terms>,
    /// Minor units of the terms' currency.
    pub captured: i64,
    pub refunded: i64,
    /// What the provider was asked to give back and has not confirmed.
    pub refunding: i64,
    /// The provider's name for the hold.
    pub reference: Option<String>,
    pub decline: Option<Decline>,
    pub version: i64,
}

/// What follows from a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    AnnounceAuthorized,
    AnnounceFailed,
    AnnounceCaptured,
    AnnounceVoided,
    /// Of so many minor units.
    AnnounceRefunded(i64),
    Capture,
    Void,
    Refund(i64),
}

/// What a legal step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    Changed(Vec<Consequence>),
    /// The payment had taken this step before.
    Unchanged,
}

/// A step that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// What must come before has not been recorded yet.
    #[error("the money is not held yet")]
    Early,
    /// A payment in this state never takes this step.
    #[error("the payment is {0}, nothing is to be done")]
    Never(Status),
}

type Step = Result<Transition, Refused>;

fn changed(consequences: impl Into<Vec<Consequence>>) -> Step {
    Ok(Transition::Changed(consequences.into()))
}

impl Payment {
    /// What is to be paid for a new order. The provider is not asked yet.
    pub fn pending(payment_id: PaymentId, order: &OrderCreated) -> Self {
        let line = |line: &PricedLine| Line { product_id: line.product_id, quantity: line.quantity };
        Self {
            order_id: order.order_id,
            payment_id,
            customer_id: order.customer_id,
            status: Status::Pending,
            fate: OrderFate::Open,
            terms: Some(Terms {
                amount: order.total,
                method: order.payment_method.clone(),
                lines: order.lines.iter().map(line).collect(),
                expires_at: order.expires_at,
            }),
            captured: 0,
            refunded: 0,
            refunding: 0,
            reference: None,
            decline: None,
            version: 1,
        }
    }

    /// The mark of an order that was over before it was heard of.
    pub fn tombstone(payment_id: PaymentId, order_id: OrderId, customer_id: UserId) -> Self {
        Self {
            order_id,
            payment_id,
            customer_id,
            status: Status::Tombstone,
            fate: OrderFate::Over,
            terms: None,
            captured: 0,
            refunded: 0,
            refunding: 0,
            reference: None,
            decline: None,
            version: 1,
        }
    }

    /// The provider holds the money, as `reference`. If the order is over by now, the hold is released at once.
    pub fn authorized(&mut self, reference: &str) -> Step {
        match self.status {
            Status::Pending | Status::Unknown => {
                self.status = Status::Authorized;
                self.reference = Some(reference.to_owned());
                changed(match self.fate {
                    OrderFate::Over => [Consequence::Void],
                    OrderFate::Open | OrderFate::Confirmed => [Consequence::AnnounceAuthorized],
                })
            }
            Status::Tombstone | Status::Failed => Err(Refused::Never(self.status)),
            _ => Ok(Transition::Unchanged),
        }
    }

    /// The provider refuses. Nothing is held.
    pub fn declined(&mut self, decline: Decline) -> Step {
        match self.status {
            Status::Pending | Status::Unknown => {
                self.status = Status::Failed;
                self.decline = Some(decline);
                changed([Consequence::AnnounceFailed])
            }
            Status::Failed => Ok(Transition::Unchanged),
            _ => Err(Refused::Never(self.status)),
        }
    }

    /// The provider did not say whether it holds the money.
    pub fn unknown(&mut self) -> Step {
        match self.status {
            Status::Pending => {
                self.status = Status::Unknown;
                changed([])
            }
            _ => Ok(Transition::Unchanged),
        }
    }

    /// The order is confirmed: the money is taken.
    pub fn order_confirmed(&mut self) -> Step {
        match (self.status, self.fate) {
            (Status::Authorized, OrderFate::Open) => {
                self.fate = OrderFate::Confirmed;
                changed([Consequence::Capture])
            }
            (Status::Pending | Status::Unknown, OrderFate::Open) => Err(Refused::Early),
            (_, OrderFate::Confirmed) => Ok(Transition::Unchanged),
            _ => Err(Refused::Never(self.status)),
        }
    }

    /// The order failed or was cancelled: what is held is released, what was taken is given back.
    pub fn order_over(&mut self) -> Step {
        if self.fate == OrderFate::Over {
            return Ok(Transition::Unchanged);
        }
        let before = std::mem::replace(&mut self.fate, OrderFate::Over);
        match self.status {
            // The provider's answer is on its way, and is undone when it arrives.
            Status::Pending | Status::Unknown => changed([]),
            Status::Authorized => match before {
                OrderFate::Open => changed([Consequence::Void]),
                // The capture is on its way, and is refunded when it is done.
                OrderFate::Confirmed | OrderFate::Over => changed([]),
            },
            Status::Captured | Status::PartiallyRefunded => changed(self.give_back_the_rest()),
            Status::Refunded | Status::Voided | Status::Failed | Status::Tombstone => changed([]),
        }
    }

    /// The provider took the money. If the order is over by now, it is given back.
    pub fn captured(&mut self, amount: i64) -> Step {
        match self.status {
            Status::Authorized => {
                self.status = Status::Captured;
                self.captured = amount;
                let mut consequences = vec![Consequence::AnnounceCaptured];
                if self.fate == OrderFate::Over {
                    consequences.extend(self.give_back_the_rest());
                }
                changed(consequences)
            }
            Status::Captured | Status::PartiallyRefunded | Status::Refunded => Ok(Transition::Unchanged),
            _ => Err(Refused::Never(self.status)),
        }
    }

    /// What is neither given back nor on its way.
    pub fn refundable(&self) -> i64 {
        self.captured - self.refunded - self.refunding
    }

    /// The staff gives `amount` back, or all that is left, and hears how much that is.
    pub fn ask_refund(&mut self, amount: Option<Money>) -> Result<Money, NotRefundable> {
        let is_taken = matches!(self.status, Status::Captured | Status::PartiallyRefunded | Status::Refunded);
        let paid_in = match &self.terms {
            Some(terms) if is_taken && self.fate != OrderFate::Over => terms.amount,
            _ => return Err(NotRefundable::NothingTaken),
        };
        let refundable = self.refundable();
        let amount = amount.unwrap_or(Money::new(refundable, paid_in.currency));
        if amount.currency != paid_in.currency {
            return Err(NotRefundable::OtherCurrency { paid_in });
        }
        if amount.amount > refundable || refundable == 0 {
            return Err(NotRefundable::TooMuch { captured: self.captured, refundable });
        }
        self.refunding += amount.amount;
        Ok(amount)
    }

    fn give_back_the_rest(&mut self) -> Vec<Consequence> {
        let rest = self.refundable();
        self.refunding += rest;
        if rest > 0 { vec![Consequence::Refund(rest)] } else { Vec::new() }
    }

    /// The provider released the hold.
    pub fn voided(&mut self) -> Step {
        match self.status {
            Status::Authorized => {
                self.status = Status::Voided;
                changed([Consequence::AnnounceVoided])
            }
            Status::Voided => Ok(Transition::Unchanged),
            _ => Err(Refused::Never(self.status)),
        }
    }

    /// The provider gave `amount` back.
    pub fn refunded(&mut self, amount: i64) -> Step {
        match self.status {
            Status::Captured | Status::PartiallyRefunded if amount <= self.refunding => {
                self.refunded += amount;
                self.refunding -= amount;
                self.status = if self.refunded == self.captured { Status::Refunded } else { Status::PartiallyRefunded };
                changed([Consequence::AnnounceRefunded(amount)])
            }
            _ => Err(Refused::Never(self.status)),
        }
    }

    /// The provider was looked up: what we asked for, and have not heard the answer of, is answered by what is booked there.
    /// What nobody asked for changes nothing here; whoever reconciles the books hears of it.
    pub fn looked_up(&mut self, reference: &str, booked: &Amounts) -> Step {
        let Some(amount) = self.terms.as_ref().map(|terms| terms.amount.amount) else {
            return Err(Refused::Never(self.status));
        };
        match (self.status, self.fate) {
            (Status::Pending | Status::Unknown, _) if booked.held == amount => self.authorized(reference),
            (Status::Authorized, OrderFate::Confirmed | OrderFate::Over) if booked.captured == amount => {
                self.captured(amount)
            }
            (Status::Authorized, OrderFate::Over) if booked.released == amount => self.voided(),
            _ => Ok(Transition::Unchanged),
        }
    }

    /// Where its money is by our books.
    pub fn amounts(&self) -> Amounts {
        let amount = self.terms.as_ref().map_or(0, |terms| terms.amount.amount);
        Amounts::of(self.status, amount, self.captured, self.refunded)
    }

    /// Whether money is held and nobody said what is to become of it.
    pub fn awaits_decision(&self) -> bool {
        self.status == Status::Authorized && self.fate == OrderFate::Open
    }
}

#[cfg(test)]
mod tests;
