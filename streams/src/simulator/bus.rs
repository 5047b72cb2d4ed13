//! The bus: which durables read a subject, as the services declare it, and what waits at each.

use std::sync::LazyLock;

use super::fact::Fact;
use crate::descriptions;

/// Who runs a durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Order,
    /// The projection `order-payments`.
    OrderPayments,
    Payment,
    Inventory,
}

/// One durable of the saga.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durable {
    pub name: String,
    pub reader: Reader,
    subjects: Vec<String>,
}

impl Durable {
    /// A reaction, unlike a projection, recognises a fact that is announced again under a new id.
    pub fn reacts(&self) -> bool {
        self.reader != Reader::OrderPayments
    }

    pub fn reads(&self, subject: &str) -> bool {
        self.subjects.iter().any(|read| read == subject)
    }
}

/// Every durable that reads an event of the saga, from the services' own declarations: a reaction that is added there is
/// simulated, or the shop does not open.
pub fn durables() -> &'static [Durable] {
    static DURABLES: LazyLock<Vec<Durable>> = LazyLock::new(|| {
        let mut durables = Vec::new();
        let of_saga = |subjects: &[String]| subjects.iter().any(|subject| Fact::SUBJECTS.contains(&subject.as_str()));
        // Who announces nothing in the saga only looks on.
        for service in descriptions().into_iter().filter(|service| of_saga(&service.emits)) {
            for read in service.subscriptions.into_iter().filter(|read| of_saga(&read.subjects)) {
                let reader = match (service.name.as_str(), read.kind.as_str()) {
                    ("order", "reaction") => Reader::Order,
                    ("payment", "reaction") => Reader::Payment,
                    ("inventory", "reaction") => Reader::Inventory,
                    ("order", _) if read.durable == "order-payments" => Reader::OrderPayments,
                    // Tells those who follow an order what the others announced: no rule depends on it.
                    ("order", _) if read.durable == "order-stock-events" => continue,
                    (service, kind) => panic!("the simulator does not know the {kind} {} of {service}", read.durable),
                };
                durables.push(Durable { name: read.durable, reader, subjects: read.subjects });
            }
        }
        durables
    });
    &DURABLES
}

/// One delivery of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    pub event: usize,
    /// From 1.
    pub delivered: u32,
}

/// What waits at a durable, and which events it has dealt with.
#[derive(Debug, Default)]
pub struct Queue {
    pub waiting: Vec<Message>,
    /// Whether a replica is about to take a batch.
    pub called: bool,
    inbox: Vec<bool>,
    applied: Vec<bool>,
}

fn set(flags: &mut Vec<bool>, place: usize) -> bool {
    if flags.len() <= place {
        flags.resize(place + 1, false);
    }
    std::mem::replace(&mut flags[place], true)
}

impl Queue {
    pub fn has_seen(&self, event: usize) -> bool {
        self.inbox.get(event).copied().unwrap_or_default()
    }

    pub fn record(&mut self, event: usize) {
        set(&mut self.inbox, event);
    }

    /// Notes that the event changed something; `true` when it had done so before.
    pub fn record_applied(&mut self, event: usize) -> bool {
        set(&mut self.applied, event)
    }
}
