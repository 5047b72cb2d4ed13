//! The payment service in memory: its domain, and the reactions of `services/payment/src/reactions` around it. What it asks
//! of the provider is in [`tasks`](super::tasks).

use std::collections::BTreeMap;
use std::time::Duration;

use livemart_contracts::events::{
    Line, OrderCreated, PaymentAuthorized, PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentStalled,
    PaymentVoided,
};
use livemart_contracts::ids::RefundId;
use livemart_contracts::{Money, OrderId, UserId};
use livemart_messaging::Decision;
use livemart_payment::domain::{Consequence, NotRefundable, Payment, Refused, Status, Transition, check_restock};

use super::fact::Fact;
use super::orders::number;
use super::rule::Rule;
use super::step::{Step, Watch};
use super::time::{Moment, SECOND, from_utc};

/// As the service's default.
const STALLED_AFTER: Moment = 30 * SECOND;
/// As the service does when a step comes before what it follows from.
const EARLY: Duration = Duration::from_secs(1);

/// What the provider is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    Authorize,
    Capture,
    Void,
    Refund,
}

impl Call {
    /// As the service's effects are called.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Authorize => "payment.authorize",
            Self::Capture => "payment.capture",
            Self::Void => "payment.void",
            Self::Refund => "payment.refund",
        }
    }
}

/// A call that a step asks for.
#[derive(Debug, Clone)]
pub struct Request {
    pub call: Call,
    pub order: usize,
    pub payment: livemart_contracts::PaymentId,
    pub amount: Money,
    pub method: String,
    pub reference: String,
    /// Where the staff asked for it.
    pub refund: Option<Refund>,
}

impl Request {
    /// Under which it is asked for once: a refund of the staff under its own name, everything else under that of the payment.
    pub fn key(&self) -> String {
        match &self.refund {
            Some(refund) => format!("{}:{}", self.call.kind(), refund.refund_id),
            None => format!("{}:{}", self.call.kind(), self.payment),
        }
    }
}

/// What the staff gives back, and the goods that came back with it.
#[derive(Debug, Clone)]
pub struct Refund {
    pub refund_id: RefundId,
    pub amount: i64,
    pub restock: Vec<Line>,
    pub done: bool,
}

#[derive(Debug, Clone)]
pub struct PaymentRow {
    pub payment: Payment,
    /// By the staff.
    pub refunds: Vec<Refund>,
    ask_at: Option<Moment>,
}

impl PaymentRow {
    fn new(payment: Payment) -> Self {
        Self { payment, refunds: Vec::new(), ask_at: None }
    }

    /// What the provider gave back by order of the staff.
    pub fn given_back(&self) -> i64 {
        self.refunds.iter().filter(|refund| refund.done).map(|refund| refund.amount).sum()
    }
}

/// Payments by the number of their order.
#[derive(Debug, Clone, Default)]
pub struct Payments {
    pub rows: BTreeMap<usize, PaymentRow>,
}

impl Payments {
    pub fn react(&mut self, step: &mut Step, fact: &Fact) -> Decision {
        match fact {
            Fact::OrderCreated(event) => self.begin(step, event),
            Fact::OrderConfirmed(event) => self.advance(step, event.order_id, None, Payment::order_confirmed),
            Fact::OrderFailed(event) => self.undo(step, event.order_id, event.customer_id),
            Fact::OrderCancelled(event) => self.undo(step, event.order_id, event.customer_id),
            Fact::StockFailed(event) => self.advance(step, event.order_id, None, Payment::order_over),
            other => unreachable!("no reaction of the payment service reads {}", other.subject()),
        }
    }

    /// `services/payment/src/stalled.rs`.
    pub fn look_at_stalled(&mut self, step: &mut Step) {
        if !step.keeps(Rule::StalledAsks) {
            return;
        }
        for row in self.rows.values_mut() {
            if row.ask_at.is_some_and(|ask_at| ask_at + STALLED_AFTER <= step.now) {
                row.ask_at = Some(step.now);
                step.looks.push((step.now + STALLED_AFTER, Watch::PaymentStalled));
                let (order_id, payment_id) = (row.payment.order_id, row.payment.payment_id);
                step.emit(PaymentStalled { order_id, payment_id });
            }
        }
    }

    /// `on_order_created.rs`.
    fn begin(&mut self, step: &mut Step, event: &OrderCreated) -> Decision {
        match self.rows.get(&number(event.order_id)) {
            Some(known) if known.payment.status == Status::Tombstone => {
                Decision::ignored("the order was over before it was heard of")
            }
            Some(_) => Decision::Duplicate,
            None => {
                let payment = Payment::pending(step.new_id(), event);
                step.asks.push(Request {
                    call: Call::Authorize,
                    order: number(event.order_id),
                    payment: payment.payment_id,
                    amount: event.total,
                    method: event.payment_method.clone(),
                    reference: String::new(),
                    refund: None,
                });
                self.rows.insert(number(event.order_id), PaymentRow::new(payment));
                Decision::Applied
            }
        }
    }

    /// `over.rs`.
    fn undo(&mut self, step: &mut Step, order: OrderId, customer: UserId) -> Decision {
        if self.rows.contains_key(&number(order)) || !step.keeps(Rule::PaymentTombstone) {
            return self.advance(step, order, None, Payment::order_over);
        }
        let payment = Payment::tombstone(step.new_id(), order, customer);
        self.rows.insert(number(order), PaymentRow::new(payment));
        Decision::Applied
    }

    /// `http/refunds.rs`: the staff gives back `amount`, or all that is left, with the goods that came back.
    pub fn refund(
        &mut self,
        step: &mut Step,
        order: usize,
        amount: Option<i64>,
        restock: Vec<Line>,
    ) -> Result<Money, NotRefundable> {
        let row = self.rows.get_mut(&order).ok_or(NotRefundable::NothingTaken)?;
        let terms = row.payment.terms.clone().ok_or(NotRefundable::NothingTaken)?;
        // What is refused in the end leaves nothing, as a transaction that is rolled back.
        let mut payment = row.payment.clone();
        let amount = payment.ask_refund(amount.map(|amount| Money::new(amount, terms.amount.currency)))?;
        check_restock(&terms.lines, row.refunds.iter().flat_map(|refund| refund.restock.clone()), &restock)?;
        let refund = Refund { refund_id: step.new_id(), amount: amount.amount, restock, done: false };
        step.asks.push(Request {
            call: Call::Refund,
            order,
            payment: row.payment.payment_id,
            amount,
            method: String::new(),
            reference: row.payment.reference.clone().unwrap_or_default(),
            refund: Some(refund.clone()),
        });
        row.payment = payment;
        row.refunds.push(refund);
        Ok(amount)
    }

    /// `refunds::succeeded_in`.
    pub fn refund_succeeded(&mut self, order: usize, refund: &Refund) {
        let refunds = self.rows.get_mut(&order).map(|row| row.refunds.iter_mut());
        for known in refunds.into_iter().flatten().filter(|known| known.refund_id == refund.refund_id) {
            known.done = true;
        }
    }

    /// `services/payment/src/advance.rs`. `refund` is what the answer is about, where the staff asked.
    pub fn advance(
        &mut self,
        step: &mut Step,
        order: OrderId,
        refund: Option<&Refund>,
        take: impl FnOnce(&mut Payment) -> Result<Transition, Refused>,
    ) -> Decision {
        let Some(row) = self.rows.get_mut(&number(order)) else { return Decision::NotYet(EARLY) };
        match take(&mut row.payment) {
            Ok(Transition::Changed(consequences)) => {
                for consequence in consequences {
                    follow(step, &row.payment, refund, consequence);
                }
                row.note_when_to_ask(step);
                Decision::Applied
            }
            Ok(Transition::Unchanged) => Decision::Duplicate,
            Err(Refused::Early) => Decision::NotYet(EARLY),
            Err(refused @ Refused::Never(_)) => Decision::ignored(refused.to_string()),
        }
    }
}

impl PaymentRow {
    /// As `store/payments.rs` saves a payment.
    fn note_when_to_ask(&mut self, step: &mut Step) {
        let expires_at = self.payment.terms.as_ref().map(|terms| from_utc(terms.expires_at));
        let (asked, awaits) = (self.ask_at, self.payment.awaits_decision());
        self.ask_at = if awaits { asked.or(expires_at) } else { None };
        if let (None, Some(ask_at)) = (asked, self.ask_at) {
            step.looks.push((ask_at + STALLED_AFTER, Watch::PaymentStalled));
        }
    }
}

fn follow(step: &mut Step, payment: &Payment, refund: Option<&Refund>, consequence: Consequence) {
    let (order_id, payment_id) = (payment.order_id, payment.payment_id);
    let Some(terms) = &payment.terms else { unreachable!("a tombstone has no consequences") };
    let amount = terms.amount;
    let of = |minor_units| Money::new(minor_units, amount.currency);
    let mut ask = |call, amount| {
        step.asks.push(Request {
            call,
            order: number(order_id),
            payment: payment_id,
            amount,
            method: String::new(),
            reference: payment.reference.clone().unwrap_or_default(),
            refund: None,
        });
    };
    match consequence {
        Consequence::AnnounceAuthorized => {
            if !step.keeps(Rule::HoldThenCapture) {
                follow(step, payment, None, Consequence::Capture);
            }
            let (lines, expires_at) = (terms.lines.clone(), terms.expires_at);
            step.emit(PaymentAuthorized { order_id, payment_id, amount, lines, expires_at });
        }
        Consequence::AnnounceFailed => {
            let decline = payment.decline.clone().unwrap_or_else(|| unreachable!("a failed payment says why"));
            step.emit(PaymentFailed { order_id, payment_id, code: decline.code, detail: decline.detail });
        }
        Consequence::AnnounceCaptured => step.emit(PaymentCaptured { order_id, payment_id, amount }),
        Consequence::AnnounceVoided => step.emit(PaymentVoided { order_id, payment_id, amount }),
        Consequence::AnnounceRefunded(back) => {
            let refund_id = refund.map(|refund| refund.refund_id);
            let restock = refund.map(|refund| refund.restock.clone()).unwrap_or_default();
            step.emit(PaymentRefunded { order_id, payment_id, amount: of(back), refund_id, restock });
        }
        Consequence::Capture => ask(Call::Capture, amount),
        Consequence::Void => ask(Call::Void, amount),
        Consequence::Refund(back) => ask(Call::Refund, of(back)),
    }
}
