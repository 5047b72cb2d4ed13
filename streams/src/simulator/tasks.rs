//! Calls to the provider, as `shared/messaging/src/worker.rs` makes them: leases, one key for all attempts, the answer in a
//! commit of its own; and lines that break on either side of the provider.

use livemart_payment::domain::{OrderFate, Payment, Refused, Transition};
use rand::Rng;

use super::log::log;
use super::orders;
use super::payments::{Call, Request};
use super::provider::Answer;
use super::rule::Rule;
use super::shop::{Action, Shop};
use super::time::{Moment, SECOND};

/// After this long without a recorded answer a task is performed again.
const LEASE: Moment = 20 * SECOND;
/// After this long a silent provider may or may not have acted.
const PROVIDER_LIMIT: Moment = 5 * SECOND;
/// Between attempts: doubled from the first to the longest.
const FIRST_PAUSE: Moment = 250;
const LONGEST_PAUSE: Moment = 30 * SECOND;

/// A row of the effects ledger.
#[derive(Debug, Clone)]
pub struct Task {
    pub request: Request,
    pub key: String,
    pub attempts: u32,
    pub due_at: Moment,
    pub done: bool,
}

/// A call whose answer is on its way.
#[derive(Debug, Clone)]
pub struct InAir {
    task: usize,
    attempt: u32,
    answer: Answer,
}

impl Shop {
    pub(super) fn perform(&mut self, task: usize) {
        let lease_until = self.now + LEASE;
        let claimed = &mut self.tasks[task];
        if claimed.done || claimed.due_at > self.now {
            return;
        }
        claimed.attempts += 1;
        claimed.due_at = lease_until;
        let (call, order, attempt) = (claimed.request.call, claimed.request.order, claimed.attempts);
        self.schedule(lease_until, Action::Perform(task));

        if self.chance(self.weather.crash_in_call) {
            self.tally.faults += 1;
            let reached = self.random.random_bool(0.5);
            log!(self, "{} of order {order} dies with its worker, reached the provider: {reached}", call.kind());
            if reached {
                self.reach(task, attempt);
            }
            return;
        }
        let mut answer = self.call_provider(task, attempt);
        let mut latency = self.delay();
        if answer == Answer::Silent || latency > PROVIDER_LIMIT {
            (answer, latency) = (Answer::Silent, PROVIDER_LIMIT);
        }
        log!(self, "{} of order {order}, attempt {attempt}: {}", call.kind(), in_words(&answer));
        self.in_air.push(InAir { task, attempt, answer });
        self.schedule(self.now + latency, Action::Record(self.in_air.len() - 1));
    }

    fn call_provider(&mut self, task: usize, attempt: u32) -> Answer {
        if self.chance(self.weather.unavailable) {
            self.tally.faults += 1;
            return Answer::Unavailable;
        }
        if !self.chance(self.weather.silent) {
            return self.reach(task, attempt);
        }
        self.tally.faults += 1;
        match self.random.random_range(0..3) {
            0 => {}
            1 => {
                self.reach(task, attempt);
            }
            _ => {
                let late = self.random.random_range(PROVIDER_LIMIT..12 * PROVIDER_LIMIT);
                self.schedule(self.now + late, Action::ReachLate(task));
            }
        }
        Answer::Silent
    }

    pub(super) fn reach_late(&mut self, task: usize) {
        let request = &self.tasks[task].request;
        log!(self, "{} of order {} reaches the provider late", request.call.kind(), request.order);
        self.reach(task, 1);
    }

    /// The provider acts; what it must never be asked is noted.
    fn reach(&mut self, task: usize, attempt: u32) -> Answer {
        let Task { request, key, .. } = &self.tasks[task];
        let key = if self.keeps(Rule::IdempotencyKey) { key.clone() } else { format!("{key}:{attempt}") };
        let answer = self.provider.take(&key, request, attempt);
        let (call, order) = (request.call, request.order);
        if let Answer::Refused(why) = &answer {
            self.violate(format!("order {order}: the provider refuses {}: {why}", call.kind()));
        }
        let confirmed = self.orders.rows().get(order).is_some_and(|row| row.was_confirmed);
        if call == Call::Capture && !confirmed {
            self.violate(format!("order {order}: money is taken before the order is confirmed"));
        }
        answer
    }

    pub(super) fn record(&mut self, call: usize) {
        let InAir { task, attempt, answer } = self.in_air[call].clone();
        if self.chance(self.weather.crash_in_call) {
            self.tally.faults += 1;
            log!(self, "the answer to {} dies with its worker", self.tasks[task].key);
            return;
        }
        let answered = matches!(answer, Answer::Held(_) | Answer::Declined(_) | Answer::Done);
        let current = &mut self.tasks[task];
        if current.done || (!answered && current.attempts != attempt) {
            return;
        }
        let request = current.request.clone();
        current.done = answered || gives_up(self.broken, &request, &answer);
        if !current.done {
            self.postpone(task, attempt);
        }

        let mut step = self.step();
        let broken = self.broken;
        let decision =
            self.payments.advance(&mut step, orders::id(request.order), request.refund.as_ref(), |payment| {
                take_answer(payment, &request, &answer, broken)
            });
        if let (Some(refund), Answer::Done) = (&request.refund, &answer) {
            self.payments.refund_succeeded(request.order, refund);
        }
        log!(self, "{} of order {} is recorded: {}", request.call.kind(), request.order, decision.name());
        self.commit(step, false);
    }

    fn postpone(&mut self, task: usize, attempt: u32) {
        let longest = (FIRST_PAUSE << (attempt - 1).min(16)).min(LONGEST_PAUSE);
        let due_at = self.now + self.random.random_range(longest / 2..=longest);
        self.tasks[task].due_at = due_at;
        self.schedule(due_at, Action::Perform(task));
    }
}

/// A hold's reference is chance that no seed repeats.
fn in_words(answer: &Answer) -> &'static str {
    match answer {
        Answer::Held(_) => "held",
        Answer::Declined(_) => "declined",
        Answer::Done => "done",
        Answer::Unavailable => "the provider is unavailable",
        Answer::Silent => "the provider is silent",
        Answer::Refused(_) => "the provider refuses",
    }
}

/// The `record` of each effect in `services/payment/src/effects`.
fn take_answer(
    payment: &mut Payment,
    request: &Request,
    answer: &Answer,
    broken: Option<Rule>,
) -> Result<Transition, Refused> {
    let taken = request.amount.amount;
    match (request.call, answer) {
        (Call::Authorize, Answer::Held(hold)) => {
            let step = payment.authorized(&hold.reference);
            let keep = broken == Some(Rule::LateHoldVoided) && payment.fate == OrderFate::Over;
            if keep { step.map(|_| Transition::Changed(Vec::new())) } else { step }
        }
        (Call::Authorize, Answer::Declined(decline)) => payment.declined(decline.clone()),
        (Call::Authorize, Answer::Silent) if broken == Some(Rule::UnknownIsNotFailed) => {
            let (code, detail) = ("no-answer".to_owned(), "taken for a no".to_owned());
            payment.declined(livemart_payment::domain::Decline { code, detail })
        }
        (Call::Authorize, Answer::Silent) => payment.unknown(),
        (Call::Capture, Answer::Done) => payment.captured(taken),
        (Call::Void, Answer::Done) => payment.voided(),
        (Call::Refund, Answer::Done) => payment.refunded(taken),
        _ => Ok(Transition::Unchanged),
    }
}

/// Whether a broken rule takes a missing answer for the end.
fn gives_up(broken: Option<Rule>, request: &Request, answer: &Answer) -> bool {
    match broken {
        Some(Rule::VoidRetried) => request.call == Call::Void,
        Some(Rule::UnknownIsNotFailed) => request.call == Call::Authorize && *answer == Answer::Silent,
        _ => false,
    }
}
