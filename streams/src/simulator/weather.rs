//! How bad a shop's day is: every kind of fault has a rate of its own, and many shops are spared most of them.
//!
//! Drawing the rates, and not only the faults, reaches combinations that one set of rates would hide: a fault that strikes
//! everywhere at once keeps sagas from getting to where another one would hurt.

use rand::Rng;
use rand::rngs::StdRng;

/// Probabilities, each per occasion.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// A step dies before its commit.
    pub crash_before_commit: f64,
    /// A step dies after its commit: nothing is acknowledged, and what it announced is published late.
    pub crash_after_commit: f64,
    /// One acknowledgement is lost.
    pub lost_ack: f64,
    /// A batch is not in the order of arrival.
    pub reorder: f64,
    /// A message or a publication takes its time.
    pub late: f64,
    /// A relay dies between publishing and marking: published again under the same id.
    pub published_twice: f64,
    /// Somebody announces a fact again under a new id.
    pub announced_again: f64,
    /// A stream loses an event.
    pub lost_event: f64,
    /// The provider does not take a call.
    pub unavailable: f64,
    /// The provider takes a call and is not heard.
    pub silent: f64,
    /// A worker dies with a call in the air.
    pub crash_in_call: f64,
    /// A customer changes their mind.
    pub cancel: f64,
    /// The staff gives money back, per refund.
    pub refund: f64,
}

impl Weather {
    pub fn draw(random: &mut StdRng) -> Self {
        // At most a fifth: with more, messages circle for long without showing anything new.
        const RATES: [f64; 5] = [0.0, 0.0, 0.0, 0.02, 0.2];
        const CANCELS: [f64; 4] = [0.0, 0.1, 0.3, 0.6];
        const REFUNDS: [f64; 3] = [0.0, 0.0, 0.4];
        let cancel = CANCELS[random.random_range(0..CANCELS.len())];
        let refund = REFUNDS[random.random_range(0..REFUNDS.len())];
        let mut rate = || RATES[random.random_range(0..RATES.len())];
        Self {
            crash_before_commit: rate(),
            crash_after_commit: rate(),
            lost_ack: rate(),
            reorder: rate(),
            late: rate(),
            published_twice: rate(),
            announced_again: rate(),
            lost_event: rate(),
            unavailable: rate(),
            silent: rate(),
            crash_in_call: rate(),
            cancel,
            refund,
        }
    }
}
