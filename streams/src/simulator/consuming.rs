//! From the durables to the services, as `shared/messaging/src/consumer.rs` does it: batches, the inbox, one commit,
//! acknowledgements after it; and replicas that die on either side of the commit.

use std::rc::Rc;

use livemart_messaging::Decision;
use livemart_messaging::consumer::Limits;
use rand::Rng;
use rand::seq::SliceRandom;

use super::bus::{Message, Reader, durables};
use super::fact::Fact;
use super::log::log;
use super::orders::number;
use super::rule::Rule;
use super::shop::{Action, Shop};
use super::step::Step;
use super::time::{Moment, SECOND};

/// Until the server delivers again what was not acknowledged.
const ACK_WAIT: Moment = 10 * SECOND;
/// Messages in one batch: enough that a crash takes several with it.
const BATCH: usize = 8;

impl Shop {
    pub(super) fn consume(&mut self, durable: usize) {
        self.queues[durable].called = false;
        if self.chance(self.weather.reorder) {
            self.tally.faults += 1;
            self.queues[durable].waiting.shuffle(&mut self.random);
        }
        let size = self.random.random_range(1..=BATCH).min(self.queues[durable].waiting.len());
        let batch: Vec<Message> = self.queues[durable].waiting.drain(..size).collect();
        if self.chance(self.weather.crash_before_commit) {
            self.die_before_commit(durable, &batch);
        } else {
            let dies = self.chance(self.weather.crash_after_commit);
            for message in &batch {
                self.take(durable, *message, dies);
            }
            if dies {
                self.tally.faults += 1;
                log!(self, "{} dies after its commit", durables()[durable].name);
            }
        }
        self.call(durable);
    }

    fn die_before_commit(&mut self, durable: usize, batch: &[Message]) {
        self.tally.faults += 1;
        log!(self, "{} dies with {} events before its commit", durables()[durable].name, batch.len());
        if !self.keeps(Rule::Outbox) {
            self.publish_without_commit(durable, batch);
        }
        if self.keeps(Rule::AckAfterCommit) {
            for message in batch {
                self.deliver_again(durable, *message);
            }
        }
    }

    /// What a service without an outbox does: the world hears of a step that never happened.
    fn publish_without_commit(&mut self, durable: usize, batch: &[Message]) {
        let saved = (self.orders.clone(), self.payments.clone(), self.inventory.clone());
        for message in batch {
            let fact = Rc::clone(&self.outbox[message.event].fact);
            let mut step = self.step();
            if self.react(durable, &mut step, &fact).is_ok() {
                for fact in step.facts {
                    self.announce(fact, false);
                }
            }
        }
        (self.orders, self.payments, self.inventory) = saved;
    }

    fn deliver_again(&mut self, durable: usize, message: Message) {
        let delay = ACK_WAIT + self.delay();
        self.schedule(self.now + delay, Action::Arrive(durable, message.event, message.delivered + 1));
    }

    fn take(&mut self, durable: usize, message: Message, dies: bool) {
        let (event, name) = (message.event, &durables()[durable].name);
        let lost_ack = self.chance(self.weather.lost_ack);
        if self.keeps(Rule::Inbox) && self.queues[durable].has_seen(event) {
            log!(self, "{name} has seen e{event}");
            return;
        }
        let fact = Rc::clone(&self.outbox[event].fact);
        let mut step = self.step();
        let decided = self.react(durable, &mut step, &fact);
        log!(self, "{name} takes e{event} of order {}: {}", number(fact.order_id()), in_words(&decided));
        let mut again = dies || lost_ack;
        match decided {
            Ok(Decision::NotYet(pause)) if i64::from(message.delivered) < Limits::default().attempts => {
                let pause = Moment::try_from(pause.as_millis()).unwrap_or(Moment::MAX);
                self.schedule(self.now + pause, Action::Arrive(durable, event, message.delivered + 1));
                again = false;
            }
            Ok(Decision::NotYet(_)) => {
                self.dead_letter(durable, message, "what it answers has not arrived");
                again = false;
            }
            Err(why) => {
                self.dead_letter(durable, message, &why);
                again = false;
            }
            Ok(decision) => {
                self.queues[durable].record(event);
                if decision == Decision::Applied && self.queues[durable].record_applied(event) {
                    self.violate(format!(
                        "order {}: {name} applied e{event} {} twice",
                        number(fact.order_id()),
                        fact.subject()
                    ));
                }
            }
        }
        self.commit(step, dies);
        if again {
            self.tally.faults += 1;
            self.deliver_again(durable, message);
        }
    }

    /// The reaction behind `durable`; `Err` is what it rejects for ever.
    fn react(&mut self, durable: usize, step: &mut Step, fact: &Fact) -> Result<Decision, String> {
        match durables()[durable].reader {
            Reader::Order => Ok(self.orders.react(step, fact)),
            Reader::OrderPayments => Ok(self.orders.project(fact)),
            Reader::Payment => Ok(self.payments.react(step, fact)),
            Reader::Inventory => self.inventory.react(step, fact).map_err(|illegal| illegal.to_string()),
        }
    }

    fn dead_letter(&mut self, durable: usize, message: Message, why: &str) {
        let fact = Rc::clone(&self.outbox[message.event].fact);
        self.violate(format!(
            "order {}: e{} {} is a dead letter of {}: {why}",
            number(fact.order_id()),
            message.event,
            fact.subject(),
            durables()[durable].name
        ));
    }
}

fn in_words(decided: &Result<Decision, String>) -> String {
    match decided {
        Ok(Decision::Ignored(why)) => format!("ignored, {why}"),
        Ok(decision) => decision.name().to_owned(),
        Err(why) => format!("rejected, {why}"),
    }
}
