//! What the saga promises: which fact follows which, within what time, and who sees to it.
//!
//! Data for those who watch orders, such as the timeline. No step of a service reads it: each has timers of its own, and
//! nobody decides for somebody else.

use std::time::Duration;

use crate::events::{
    Event, OrderCancelled, OrderConfirmed, OrderCreated, OrderDelivered, OrderFailed, OrderShipped, PaymentAuthorized,
    PaymentCaptured, PaymentFailed, PaymentRefunded, PaymentStalled, PaymentVoided, StockCommitted, StockFailed,
    StockReleased, StockReserved, StockStalled,
};

/// A step that takes longer than this waits for something that is broken: messages of a killed replica come back after
/// 10 s, its calls to the outside after 20 s.
pub const STEP_LIMIT: Duration = Duration::from_secs(30);

/// An order that is still undecided this long after its deadline is not being decided: the timer looks every second.
pub const DEADLINE_GRACE: Duration = Duration::from_secs(5);

/// Until when something is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The order's own deadline, `expires_at` of its creation.
    Deadline,
    /// This long after what it follows from.
    After(Duration),
}

/// After one fact another one.
#[derive(Debug, Clone, Copy)]
pub struct Expectation {
    pub after: &'static str,
    /// Only where this happened as well.
    pub given: Option<&'static str>,
    /// Any of these will do.
    pub one_of: &'static [&'static str],
    /// What makes it pointless.
    pub unless: &'static [&'static str],
    /// The service that sees to it.
    pub by: &'static str,
    pub limit: Limit,
}

impl Expectation {
    /// Whether something is still to come, by what has `happened` so far.
    pub fn is_open(&self, happened: impl Fn(&str) -> bool) -> bool {
        happened(self.after)
            && self.given.is_none_or(&happened)
            && !self.one_of.iter().chain(self.unless).any(|subject| happened(subject))
    }
}

const CREATED: &str = OrderCreated::SUBJECT;
const CONFIRMED: &str = OrderConfirmed::SUBJECT;
const FAILED: &str = OrderFailed::SUBJECT;
const CANCELLED: &str = OrderCancelled::SUBJECT;
const AUTHORIZED: &str = PaymentAuthorized::SUBJECT;
const DECLINED: &str = PaymentFailed::SUBJECT;
const CAPTURED: &str = PaymentCaptured::SUBJECT;
const VOIDED: &str = PaymentVoided::SUBJECT;
const REFUNDED: &str = PaymentRefunded::SUBJECT;
const RESERVED: &str = StockReserved::SUBJECT;
const SHORT: &str = StockFailed::SUBJECT;
const COMMITTED: &str = StockCommitted::SUBJECT;
const RELEASED: &str = StockReleased::SUBJECT;

const OVER: &[&str] = &[FAILED, CANCELLED];
const NEVER: &[&str] = &[];
const SOON: Limit = Limit::After(STEP_LIMIT);

/// `after, given => one_of, unless, by, limit`, one line each.
const fn expect(
    (after, given): (&'static str, Option<&'static str>),
    one_of: &'static [&'static str],
    unless: &'static [&'static str],
    by: &'static str,
    limit: Limit,
) -> Expectation {
    Expectation { after, given, one_of, unless, by, limit }
}

/// The saga of an order, step by step.
pub const EXPECTATIONS: &[Expectation] = &[
    expect((CREATED, None), &[AUTHORIZED, DECLINED], OVER, "payment", Limit::Deadline),
    expect((CREATED, None), &[CONFIRMED, FAILED, CANCELLED], NEVER, "order", Limit::Deadline),
    expect((AUTHORIZED, None), &[RESERVED, SHORT], OVER, "inventory", SOON),
    expect((RESERVED, None), &[CONFIRMED, FAILED, CANCELLED], NEVER, "order", SOON),
    expect((DECLINED, None), OVER, NEVER, "order", SOON),
    expect((SHORT, None), OVER, NEVER, "order", SOON),
    expect((SHORT, Some(AUTHORIZED)), &[VOIDED], NEVER, "payment", SOON),
    // A cancel may overtake the confirmation that it follows: then nothing was taken, and nothing left the stock.
    expect((CONFIRMED, None), &[CAPTURED, VOIDED], NEVER, "payment", SOON),
    expect((CONFIRMED, None), &[COMMITTED, RELEASED], NEVER, "inventory", SOON),
    expect((FAILED, Some(AUTHORIZED)), &[VOIDED], NEVER, "payment", SOON),
    expect((FAILED, Some(RESERVED)), &[RELEASED], NEVER, "inventory", SOON),
    expect((CANCELLED, Some(AUTHORIZED)), &[VOIDED, REFUNDED], NEVER, "payment", SOON),
    expect((CANCELLED, Some(RESERVED)), &[RELEASED], NEVER, "inventory", SOON),
];

/// Every fact about an order.
pub const SUBJECTS: &[&str] = &[
    CREATED,
    CONFIRMED,
    FAILED,
    CANCELLED,
    OrderShipped::SUBJECT,
    OrderDelivered::SUBJECT,
    AUTHORIZED,
    DECLINED,
    CAPTURED,
    VOIDED,
    REFUNDED,
    PaymentStalled::SUBJECT,
    RESERVED,
    SHORT,
    COMMITTED,
    RELEASED,
    StockStalled::SUBJECT,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stream;

    fn open(happened: &[&str]) -> Vec<&'static [&'static str]> {
        let open = |expectation: &&Expectation| expectation.is_open(|subject| happened.contains(&subject));
        EXPECTATIONS.iter().filter(open).map(|expectation| expectation.one_of).collect()
    }

    #[test]
    fn nothing_is_expected_of_a_saga_that_ended() {
        let paid = [CREATED, AUTHORIZED, RESERVED, CONFIRMED, CAPTURED, COMMITTED];
        let ends: [&[&str]; 6] = [
            &paid,
            &[CREATED, DECLINED, FAILED],
            &[CREATED, AUTHORIZED, SHORT, VOIDED, FAILED],
            // The provider was slower than the deadline, and the hold is never announced.
            &[CREATED, FAILED],
            &[CREATED, CANCELLED],
            &[CREATED, AUTHORIZED, RESERVED, FAILED, VOIDED, RELEASED],
        ];
        for happened in ends {
            assert!(open(happened).is_empty(), "{happened:?}: {:?}", open(happened));
        }
        let mut cancelled_later = paid.to_vec();
        cancelled_later.push(CANCELLED);
        assert_eq!(open(&cancelled_later), [&[VOIDED, REFUNDED][..], &[RELEASED]]);
        cancelled_later.extend([REFUNDED, RELEASED]);
        assert!(open(&cancelled_later).is_empty());
    }

    #[test]
    fn each_step_that_is_left_out_is_missed() {
        let paid = [CREATED, AUTHORIZED, RESERVED, CONFIRMED, CAPTURED, COMMITTED];
        for left_out in &paid[1..] {
            let happened: Vec<&str> = paid.into_iter().filter(|subject| subject != left_out).collect();
            let missed = open(&happened);
            assert!(missed.iter().any(|one_of| one_of.contains(left_out)), "{left_out}: {missed:?}");
        }
    }

    #[test]
    fn every_step_is_a_stored_fact_of_the_service_that_sees_to_it() {
        for expectation in EXPECTATIONS {
            for subject in expectation.one_of.iter().chain([&expectation.after]) {
                assert!(SUBJECTS.contains(subject), "{subject}");
            }
            let streams = expectation.one_of.iter().map(|subject| Stream::of_subject(subject));
            let owners = streams.map(|stream| stream.map(Stream::publisher));
            assert!(owners.into_iter().all(|owner| owner == Some(expectation.by)), "{expectation:?}");
        }
    }
}
