//! Moving payments: the one way in which a reaction or a provider's answer changes them, and what follows.

use std::collections::BTreeSet;
use std::time::Duration;

use livemart_contracts::events::{PaymentAuthorized, PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentVoided};
use livemart_contracts::{Money, OrderId};
use livemart_messaging::{Cause, Context, Decision, Failure};

use crate::domain::{Consequence, Payment, Refused, Terms, Transition};
use crate::effects::{Capture, HeldPayment, Refund, StaffRefund, Void};
use crate::store::payments;

/// An order is confirmed after its payment was authorised, so the payment's own record is at most this far behind.
const EARLY: Duration = Duration::from_secs(1);

type Take<'a> = dyn Fn(&mut Payment) -> Result<Transition, Refused> + Send + Sync + 'a;

/// One step of one payment.
pub struct Step<'a> {
    cause: Cause,
    order_id: OrderId,
    take: Box<Take<'a>>,
    refund: Option<&'a StaffRefund>,
}

impl<'a> Step<'a> {
    pub fn new(
        cause: impl Into<Cause>,
        order_id: OrderId,
        take: impl Fn(&mut Payment) -> Result<Transition, Refused> + Send + Sync + 'a,
    ) -> Self {
        Self { cause: cause.into(), order_id, take: Box::new(take), refund: None }
    }

    /// A step that the provider took because the staff asked for it.
    pub fn of(self, refund: Option<&'a StaffRefund>) -> Self {
        Self { refund, ..self }
    }
}

/// Takes `steps` in their order, announces what follows and asks for what is to be done.
pub async fn advance(cx: &mut Context, steps: &[Step<'_>]) -> Result<Vec<Decision>, Failure> {
    let mut payments = payments::lock_in(cx.tx(), steps.iter().map(|step| step.order_id)).await?;
    let mut changed = BTreeSet::new();
    let mut decisions = Vec::with_capacity(steps.len());
    for step in steps {
        let Some(payment) = payments.get_mut(&step.order_id) else {
            decisions.push(Decision::NotYet(EARLY));
            continue;
        };
        decisions.push(match (step.take)(payment) {
            Ok(Transition::Changed(consequences)) => {
                for consequence in consequences {
                    follow(cx, step, payment, consequence);
                }
                changed.insert(payment.order_id);
                Decision::Applied
            }
            Ok(Transition::Unchanged) => Decision::Duplicate,
            Err(Refused::Early) => Decision::NotYet(EARLY),
            Err(refused @ Refused::Never(_)) => Decision::ignored(refused.to_string()),
        });
    }
    let changed: Vec<&Payment> = payments.values().filter(|payment| changed.contains(&payment.order_id)).collect();
    payments::save_in(cx.tx(), &changed, cx.now()).await?;
    Ok(decisions)
}

fn follow(cx: &mut Context, step: &Step<'_>, payment: &Payment, consequence: Consequence) {
    let cause = step.cause;
    let (order_id, payment_id) = (payment.order_id, payment.payment_id);
    let Some(Terms { amount, lines, expires_at, .. }) = payment.terms.clone() else {
        unreachable!("a tombstone has no consequences")
    };
    let of = |minor_units| Money::new(minor_units, amount.currency);
    let reference = || payment.reference.clone().unwrap_or_default();
    let held = |amount| HeldPayment { order_id, payment_id, reference: reference(), amount, refund: None };
    let subject = payment_id.to_string();
    match consequence {
        Consequence::AnnounceAuthorized => {
            cx.emit(cause, &PaymentAuthorized { order_id, payment_id, amount, lines, expires_at });
        }
        Consequence::AnnounceFailed => {
            let decline = payment.decline.clone().unwrap_or_else(|| unreachable!("a failed payment says why"));
            cx.emit(cause, &PaymentFailed { order_id, payment_id, code: decline.code, detail: decline.detail });
        }
        Consequence::AnnounceCaptured => cx.emit(cause, &PaymentCaptured { order_id, payment_id, amount }),
        Consequence::AnnounceVoided => cx.emit(cause, &PaymentVoided { order_id, payment_id, amount }),
        Consequence::AnnounceRefunded(back) => {
            let refund_id = step.refund.map(|refund| refund.refund_id);
            let restock = step.refund.map(|refund| refund.restock.clone()).unwrap_or_default();
            cx.emit(cause, &PaymentRefunded { order_id, payment_id, amount: of(back), refund_id, restock });
        }
        Consequence::Capture => cx.ask::<Capture>(cause, subject, &held(amount)),
        Consequence::Void => cx.ask::<Void>(cause, subject, &held(amount)),
        Consequence::Refund(back) => cx.ask::<Refund>(cause, subject, &held(of(back))),
    }
}
