//! One step of a service: what it announces, asks for and wants to look at later, until it commits.
//!
//! The simulated counterpart of `livemart_messaging::Context`.

use livemart_contracts::ids::{Id, Tag};
use uuid::Uuid;

use super::fact::Fact;
use super::payments::Request;
use super::rule::Rule;
use super::time::Moment;

/// What a service does because time passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watch {
    OrderDeadline,
    PaymentStalled,
    StockStalled,
}

pub struct Step {
    pub now: Moment,
    pub facts: Vec<Fact>,
    pub asks: Vec<Request>,
    /// When to look, and at what.
    pub looks: Vec<(Moment, Watch)>,
    /// What must never happen and happened.
    pub violations: Vec<String>,
    broken: Option<Rule>,
    ids: u64,
}

impl Step {
    pub fn new(now: Moment, ids: u64, broken: Option<Rule>) -> Self {
        Self { now, facts: Vec::new(), asks: Vec::new(), looks: Vec::new(), violations: Vec::new(), broken, ids }
    }

    pub fn emit(&mut self, fact: impl Into<Fact>) {
        self.facts.push(fact.into());
    }

    /// A new id, the same in every replay.
    pub fn new_id<T: Tag>(&mut self) -> Id<T> {
        self.ids += 1;
        Uuid::from_u128(self.ids.into()).into()
    }

    /// How many ids were made, for the step that follows.
    pub fn ids(&self) -> u64 {
        self.ids
    }

    /// Whether `rule` holds in this shop.
    pub fn keeps(&self, rule: Rule) -> bool {
        self.broken != Some(rule)
    }
}
