//! From the outboxes to the durables: relays that are late or publish twice, streams that lose what they stored.
//!
//! Harsher than the real relay, which keeps the order of each aggregate: here every event travels by itself.

use std::rc::Rc;

use rand::Rng;

use super::bus::{Message, durables};
use super::fact::Fact;
use super::log::log;
use super::orders::number;
use super::rule::Rule;
use super::shop::{Action, Announced, Shop};
use super::time::{Moment, SECOND};

/// Until another replica takes over the outbox of one that died.
const TAKEN_OVER: std::ops::Range<Moment> = SECOND..20 * SECOND;
/// Until a relay that died before it marked its rows publishes them again.
const PUBLISHED_AGAIN: std::ops::Range<Moment> = 100..60 * SECOND;
/// Until a loss is noticed and made good from the outbox.
const RESTORED: std::ops::Range<Moment> = 10 * SECOND..600 * SECOND;

impl Shop {
    /// Puts `fact` into its service's outbox.
    pub(super) fn announce(&mut self, fact: Fact, dies: bool) {
        let event = self.outbox.len();
        log!(self, "    announces e{event} {} of order {}", fact.subject(), number(fact.order_id()));
        self.outbox.push(Announced { fact: Rc::new(fact), again: false, in_stream: false });
        let delay = if dies { self.random.random_range(TAKEN_OVER) } else { self.delay() };
        self.schedule(self.now + delay, Action::Publish(event));
    }

    pub(super) fn publish(&mut self, event: usize) {
        let fact = Rc::clone(&self.outbox[event].fact);
        if self.chance(self.weather.lost_event) {
            self.lose(event, &fact);
            return;
        }
        log!(self, "e{event} {} is in its stream", fact.subject());
        self.outbox[event].in_stream = true;
        let again = self.outbox[event].again;
        for (place, durable) in durables().iter().enumerate() {
            // A projection that adds up recognises an event by its id alone.
            if durable.reads(fact.subject()) && (durable.reacts() || !again) {
                let delay = self.delay();
                self.schedule(self.now + delay, Action::Arrive(place, event, 1));
            }
        }
        if self.chance(self.weather.published_twice) {
            self.tally.faults += 1;
            let delay = self.random.random_range(PUBLISHED_AGAIN);
            self.schedule(self.now + delay, Action::Publish(event));
        }
        if !again && self.chance(self.weather.announced_again) {
            self.tally.faults += 1;
            log!(self, "e{} is e{event} announced again", self.outbox.len());
            self.outbox.push(Announced { fact, again: true, in_stream: false });
            let delay = self.delay();
            self.schedule(self.now + delay, Action::Publish(self.outbox.len() - 1));
        }
    }

    fn lose(&mut self, event: usize, fact: &Fact) {
        self.tally.faults += 1;
        let restored = (self.nobody_asks_for(fact) || self.chance(0.5)) && self.keeps(Rule::Restore);
        log!(
            self,
            "e{event} {} is lost by its stream{}",
            fact.subject(),
            if restored { ", and will be restored" } else { "" }
        );
        if restored {
            let delay = self.random.random_range(RESTORED);
            self.schedule(self.now + delay, Action::Publish(event));
        }
    }

    /// Losses that cost truth and not only time, unless the outbox makes them good: a payment or a reservation that heard
    /// of the confirmation waits for nothing any more, and the sums that an order shows do not ask.
    fn nobody_asks_for(&self, fact: &Fact) -> bool {
        match fact {
            Fact::PaymentCaptured(_) | Fact::PaymentRefunded(_) => true,
            Fact::OrderCancelled(event) => {
                self.orders.rows().get(number(event.order_id)).is_some_and(|row| row.was_confirmed)
            }
            _ => false,
        }
    }

    pub(super) fn arrive(&mut self, durable: usize, message: Message) {
        self.queues[durable].waiting.push(message);
        self.call(durable);
    }

    /// Sees to it that a replica takes what waits at `durable`.
    pub(super) fn call(&mut self, durable: usize) {
        if !self.queues[durable].called && !self.queues[durable].waiting.is_empty() {
            self.queues[durable].called = true;
            let pause = self.random.random_range(0..10);
            self.schedule(self.now + pause, Action::Consume(durable));
        }
    }
}
