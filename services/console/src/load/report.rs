//! What came of a load.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};
use livemart_contracts::OrderId;

use super::latency::Latency;

/// An order that was taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) order: OrderId,
    /// When it should have been sent.
    pub(crate) at: DateTime<Utc>,
    /// Whether it cannot be confirmed: it is short of a line, or its card is declined.
    pub(crate) fails: bool,
    /// Whether its customer cancelled it.
    pub(crate) cancelled: bool,
}

/// One order, and how long its answer took.
pub(super) enum Bought {
    Placed(Placed, Duration),
    Refused(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) placed: Vec<Placed>,
    /// By status and code, or by what was there instead of an answer.
    pub(crate) refused: BTreeMap<String, u64>,
    /// From when an order should have been sent until it was answered. Of those that were taken.
    pub(crate) latency: Latency,
    pub(crate) took: Duration,
}

impl Report {
    pub(super) fn new() -> Result<Self> {
        let latency = Latency::new()?;
        Ok(Self { placed: Vec::new(), refused: BTreeMap::new(), latency, took: Duration::ZERO })
    }

    pub(super) fn add(&mut self, bought: Bought) {
        match bought {
            Bought::Placed(placed, took) => {
                self.latency.record(took);
                self.placed.push(placed);
            }
            Bought::Refused(why) => *self.refused.entry(why).or_default() += 1,
        }
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.placed.len() as f64 / self.took.as_secs_f64()
    }

    /// Orders that nothing but the shop can keep from being confirmed.
    pub(crate) fn confirmable(&self) -> impl Iterator<Item = &Placed> {
        self.placed.iter().filter(|placed| !placed.fails && !placed.cancelled)
    }

    pub(crate) fn refusals(&self) -> u64 {
        self.refused.values().sum()
    }
}
