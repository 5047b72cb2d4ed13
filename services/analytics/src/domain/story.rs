//! What one stream tells of one order.
//!
//! Of a fact that is told several times, as another event or on another way, the earliest telling counts. So a story is
//! what the *set* of its events says, in whatever order and however often they arrive.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use livemart_contracts::{EventId, Facts, OrderId};
use livemart_messaging::{Decision, Delivered};

use super::sums::Figure;

pub trait Story: Clone + PartialEq + Send + Sync {
    /// What the stream tells.
    type Fact: Facts;

    /// The story of the order of `fact`, of which nothing is known yet.
    fn begin(fact: &Self::Fact) -> Self;

    fn learn(&mut self, at: DateTime<Utc>, event: EventId, fact: &Self::Fact);

    /// What the order adds to the figures of its hour.
    fn figures(&self) -> Vec<Figure>;
}

/// When something was told, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T> {
    pub at: DateTime<Utc>,
    pub what: T,
}

/// Keeps the earliest of several tellings.
pub(super) fn tell<T>(known: &mut Option<Told<T>>, at: DateTime<Utc>, what: T) {
    if known.as_ref().is_none_or(|known| at < known.at) {
        *known = Some(Told { at, what });
    }
}

/// As [`tell`], where there is nothing to know but when.
pub(super) fn date(known: &mut Option<DateTime<Utc>>, at: DateTime<Utc>) {
    if known.is_none_or(|known| at < known) {
        *known = Some(at);
    }
}

/// A story that goes on.
#[derive(Debug, Clone)]
pub struct Changed<S> {
    pub order_id: OrderId,
    /// `None` where it begins.
    pub before: Option<S>,
    pub after: S,
}

/// What came of a batch of events.
pub struct Learned<S> {
    pub changed: Vec<Changed<S>>,
    pub decisions: Vec<Decision>,
}

/// Goes on with the stories that are `known`, and begins those that are not.
pub fn learn<S: Story>(known: &BTreeMap<OrderId, S>, batch: &[Delivered<S::Fact>]) -> Learned<S> {
    let mut stories: BTreeMap<OrderId, S> = BTreeMap::new();
    let mut decisions = Vec::with_capacity(batch.len());
    for event in batch {
        let order_id = event.fact.order().unwrap_or_else(|| unreachable!("{} is about no order", event.fact.subject()));
        let begun = || known.get(&order_id).cloned().unwrap_or_else(|| S::begin(&event.fact));
        let story = stories.entry(order_id).or_insert_with(begun);
        let before = story.clone();
        story.learn(event.attributes.time, event.id(), &event.fact);
        decisions.push(if *story == before { Decision::Duplicate } else { Decision::Applied });
    }
    let changed = stories.into_iter().filter_map(|(order_id, after)| {
        let before = known.get(&order_id).cloned();
        (before.as_ref() != Some(&after)).then_some(Changed { order_id, before, after })
    });
    Learned { changed: changed.collect(), decisions }
}
