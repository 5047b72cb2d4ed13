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

use std::fmt;

use chrono::{DateTime, Utc};
use livemart_contracts::events::{Line, OrderCreated, PricedLine};
use livemart_contracts::{Money, OrderId, PaymentId, UserId};

use super::{Amounts, NotRefundable};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The provider was not asked, or has not answered.
    Pending,
    /// The provider was asked and may have held the money.
    Unknown,
    Authorized,
    Captured,
    PartiallyRefunded,
    Refunded,
    Voided,
    Failed,
    /// The order was over before it was heard of.
    Tombstone,
}

impl Status {
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::Unknown,
        Self::Authorized,
        Self::Captured,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::Voided,
        Self::Failed,
        Self::Tombstone,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::Authorized => "authorized",
            Self::Captured => "captured",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
            Self::Voided => "voided",
            Self::Failed => "failed",
            Self::Tombstone => "tombstone",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was heard of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderFate {
    Open,
    Confirmed,
    /// Failed or cancelled.
    Over,
}

impl OrderFate {
    pub const ALL: [Self; 3] = [Self::Open, Self::Confirmed, Self::Over];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Over => "over",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.as_str() == text)
    }
}

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
mod tests {
    use livemart_contracts::Clock;
    use livemart_contracts::money::Currency;

    use super::*;

    const AMOUNT: i64 = 15_900;

    fn pending() -> Payment {
        let clock = Clock::default();
        let order = OrderCreated {
            order_id: clock.new_id(),
            customer_id: clock.new_id(),
            lines: Vec::new(),
            total: Money::new(AMOUNT, Currency::KRW),
            payment_method: "pm_card_visa".to_owned(),
            expires_at: clock.now(),
        };
        Payment::pending(clock.new_id(), &order)
    }

    /// A provider that carries out what a payment asks for, and what it held, took and gave back by then.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct Provider {
        held: i64,
        taken: i64,
        waiting: Vec<Consequence>,
    }

    impl Provider {
        fn hear(&mut self, step: Step) {
            let Ok(Transition::Changed(consequences)) = step else { return };
            let calls = [Consequence::Capture, Consequence::Void];
            self.waiting.extend(
                consequences.into_iter().filter(|next| calls.contains(next) || matches!(next, Consequence::Refund(_))),
            );
        }

        fn answer_one(&mut self, payment: &mut Payment) {
            let Some(call) = self.waiting.pop() else { return };
            let step = match call {
                Consequence::Capture => {
                    assert_eq!(self.held, AMOUNT, "captures what is held");
                    (self.held, self.taken) = (0, AMOUNT);
                    payment.captured(AMOUNT)
                }
                Consequence::Void => {
                    assert_eq!(self.held, AMOUNT, "voids what is held");
                    self.held = 0;
                    payment.voided()
                }
                Consequence::Refund(amount) => {
                    self.taken -= amount;
                    assert!(self.taken >= 0, "gives back what was taken");
                    payment.refunded(amount)
                }
                other => unreachable!("{other:?} is no call"),
            };
            self.hear(step);
        }
    }

    /// Every order in which an authorisation, a confirmation, an end, their duplicates and the provider's answers can
    /// arrive leaves the money where the order's fate wants it.
    #[test]
    fn money_follows_the_orders_fate_in_every_order_of_arrival() {
        const KINDS: u32 = 4;
        const LENGTH: u32 = 7;
        for code in 0..KINDS.pow(LENGTH) {
            let (mut payment, mut provider) = (pending(), Provider::default());
            let (mut confirmed, mut over) = (false, false);
            let mut rest = code;
            for _ in 0..LENGTH {
                match rest % KINDS {
                    0 => {
                        if matches!(payment.status, Status::Pending | Status::Unknown) {
                            provider.held = AMOUNT;
                        }
                        let step = payment.authorized("hold");
                        provider.hear(step);
                    }
                    // The order service confirms what is authorised, and nothing after its end.
                    1 if payment.status == Status::Authorized && !over || confirmed => {
                        confirmed = true;
                        let step = payment.order_confirmed();
                        provider.hear(step);
                    }
                    2 => {
                        over = true;
                        let step = payment.order_over();
                        provider.hear(step);
                    }
                    3 => provider.answer_one(&mut payment),
                    _ => {}
                }
                rest /= KINDS;
            }
            while !provider.waiting.is_empty() {
                provider.answer_one(&mut payment);
            }
            let wanted = match (over, confirmed, payment.status) {
                (true, ..) => (0, 0),
                (false, true, _) => (0, AMOUNT),
                (false, false, Status::Pending) => (0, 0),
                (false, false, _) => (AMOUNT, 0),
            };
            assert_eq!((provider.held, provider.taken), wanted, "sequence {code}: {payment:?}");
            assert_eq!(payment.captured - payment.refunded, provider.taken, "sequence {code}: {payment:?}");
        }
    }

    #[test]
    fn a_late_hold_of_an_order_that_is_over_is_voided_and_not_announced() {
        let mut payment = pending();
        assert_eq!(payment.unknown(), changed([]));
        assert_eq!(payment.order_over(), changed([]));
        assert_eq!(payment.authorized("hold"), changed([Consequence::Void]));
        assert_eq!(payment.voided(), changed([Consequence::AnnounceVoided]));
    }

    #[test]
    fn a_confirmation_before_the_hold_is_early_and_after_the_end_refused() {
        let mut payment = pending();
        assert_eq!(payment.order_confirmed(), Err(Refused::Early));
        let _ = payment.authorized("hold");
        let _ = payment.order_over();
        assert_eq!(payment.order_confirmed(), Err(Refused::Never(Status::Authorized)));
    }

    #[test]
    fn a_look_up_answers_what_was_asked_for_and_nothing_else() {
        let held = Amounts { held: AMOUNT, ..Amounts::default() };
        let captured = Amounts { captured: AMOUNT, ..Amounts::default() };
        let released = Amounts { released: AMOUNT, ..Amounts::default() };

        let mut payment = pending();
        let _ = payment.unknown();
        assert_eq!(payment.looked_up("hold", &held), changed([Consequence::AnnounceAuthorized]));
        assert_eq!(payment.looked_up("hold", &held), Ok(Transition::Unchanged), "heard twice");
        for unasked in [captured, released] {
            assert_eq!(payment.looked_up("hold", &unasked), Ok(Transition::Unchanged), "nobody asked for it");
        }
        let mut over = payment.clone();
        let _ = payment.order_confirmed();
        assert_eq!(payment.looked_up("hold", &captured), changed([Consequence::AnnounceCaptured]));
        let refunded = Amounts { refunded: AMOUNT, ..captured };
        assert_eq!(payment.looked_up("hold", &refunded), Ok(Transition::Unchanged));
        assert_eq!(payment.amounts(), captured);

        let _ = over.order_over();
        assert_eq!(over.looked_up("hold", &released), changed([Consequence::AnnounceVoided]));
        assert_eq!(over.amounts(), released);
    }

    fn won(amount: i64) -> Option<Money> {
        Some(Money::new(amount, Currency::KRW))
    }

    #[test]
    fn no_more_is_refunded_than_was_captured_and_nothing_is_promised_twice() {
        let mut payment = Payment { status: Status::Captured, captured: 100, ..pending() };
        assert_eq!(payment.ask_refund(won(60)).ok(), won(60));
        let too_much = NotRefundable::TooMuch { captured: 100, refundable: 40 };
        assert_eq!(payment.ask_refund(won(41)), Err(too_much));
        assert_eq!(payment.ask_refund(None).ok(), won(40), "all that is left");
        assert_eq!(payment.refunded(60), changed([Consequence::AnnounceRefunded(60)]));
        assert_eq!(payment.status, Status::PartiallyRefunded);
        assert_eq!(payment.refunded(60), Err(Refused::Never(Status::PartiallyRefunded)));
        assert_eq!(payment.refunded(40), changed([Consequence::AnnounceRefunded(40)]));
        assert_eq!(payment.status, Status::Refunded);
        assert_eq!(payment.ask_refund(None), Err(NotRefundable::TooMuch { captured: 100, refundable: 0 }));
    }

    #[test]
    fn the_end_of_an_order_gives_back_what_the_staff_did_not() {
        let mut payment = Payment { status: Status::Captured, captured: 100, ..pending() };
        assert_eq!(payment.ask_refund(won(30)).ok(), won(30));
        assert_eq!(payment.order_over(), changed([Consequence::Refund(70)]));
        assert_eq!(payment.ask_refund(won(1)), Err(NotRefundable::NothingTaken), "it goes back by itself");
        assert_eq!(payment.refunded(70), changed([Consequence::AnnounceRefunded(70)]));
        assert_eq!(payment.refunded(30), changed([Consequence::AnnounceRefunded(30)]));
        assert_eq!(payment.status, Status::Refunded);

        let mut all = Payment { status: Status::Captured, captured: 100, ..pending() };
        assert_eq!(all.ask_refund(None).ok(), won(100));
        assert_eq!(all.order_over(), changed([]), "all of it is on its way");
    }

    #[test]
    fn what_was_not_taken_cannot_be_given_back_nor_in_another_currency() {
        for status in [Status::Pending, Status::Unknown, Status::Authorized, Status::Voided, Status::Failed] {
            let mut payment = Payment { status, ..pending() };
            assert_eq!(payment.ask_refund(won(1)), Err(NotRefundable::NothingTaken), "{status}");
        }
        let mut payment = Payment { status: Status::Captured, captured: 100, ..pending() };
        let dollar = Some(Money::new(1, Currency::USD));
        assert!(matches!(payment.ask_refund(dollar), Err(NotRefundable::OtherCurrency { .. })));
        assert_eq!(payment.refunding, 0);
    }
}
