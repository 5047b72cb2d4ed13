//! How much a benchmark does. Everything it does is bounded by a number and by a time, whichever comes first.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::load::Bounds;

/// Figures of different scales are not compared with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Size {
    /// All parts together take some twenty minutes.
    Full,
    /// A few minutes: to see where one stands while one works.
    Quick,
    /// Seconds: whether it works at all. Its figures say nothing.
    Tiny,
}

/// At most so many sagas, begun for at most so long, of which so many are under way at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    pub(crate) orders: u64,
    pub(crate) time: Duration,
    pub(crate) window: u64,
}

/// Enough to fill a batch at every step.
const FULL: u64 = 4_096;
/// Enough to keep every step busy that takes one message at a time. More would only wait, some past their deadline.
const ONE_BY_ONE: u64 = 256;

#[derive(Clone, Debug)]
pub(crate) struct Scale {
    pub(crate) size: Size,
    /// Of each measure that is a loop until its time is over: the floors, the reads.
    pub(crate) loop_time: Duration,
    /// Products that spread orders choose from, and customers who place them.
    pub(crate) products: usize,
    pub(crate) customers: usize,
    /// Orders before the first that is counted: connections are made, plans and caches are warm.
    pub(crate) warm_up: u64,
    pub(crate) saga: Amount,
    pub(crate) naive: Amount,
    pub(crate) http: Bounds,
    /// Clients of the gateway at once.
    pub(crate) connections: usize,
    /// Orders a second, each rate for so long.
    pub(crate) rates: &'static [f64],
    pub(crate) rate_time: Duration,
    /// Orders that are stored already.
    pub(crate) few_rows: u64,
    pub(crate) many_rows: u64,
    /// What is audited.
    pub(crate) audited: Amount,
    /// Products that are searched and read.
    pub(crate) catalogue: usize,
}

impl Scale {
    pub(crate) fn of(size: Size) -> Self {
        match size {
            Size::Full => Self {
                size,
                loop_time: Duration::from_secs(4),
                products: 500,
                customers: 32,
                warm_up: 1_000,
                saga: Amount { orders: 20_000, time: Duration::from_secs(20), window: FULL },
                naive: Amount { orders: 3_000, time: Duration::from_secs(20), window: ONE_BY_ONE },
                http: Bounds { turns: 20_000, time: Duration::from_secs(20) },
                connections: 128,
                rates: &[50.0, 500.0, 2_000.0, 5_000.0],
                rate_time: Duration::from_secs(10),
                few_rows: 1_000,
                many_rows: 1_000_000,
                audited: Amount { orders: 100_000, time: Duration::from_secs(300), window: FULL },
                catalogue: 100_000,
            },
            Size::Quick => Self {
                loop_time: Duration::from_secs(1),
                products: 200,
                customers: 16,
                warm_up: 300,
                saga: Amount { orders: 5_000, time: Duration::from_secs(8), window: FULL },
                naive: Amount { orders: 800, time: Duration::from_secs(8), window: ONE_BY_ONE },
                http: Bounds { turns: 5_000, time: Duration::from_secs(8) },
                rate_time: Duration::from_secs(3),
                many_rows: 100_000,
                audited: Amount { orders: 5_000, time: Duration::from_secs(30), window: FULL },
                size,
                ..Self::of(Size::Full)
            },
            Size::Tiny => Self {
                size,
                loop_time: Duration::from_millis(100),
                products: 8,
                customers: 2,
                warm_up: 10,
                saga: Amount { orders: 60, time: Duration::from_secs(5), window: FULL },
                naive: Amount { orders: 20, time: Duration::from_secs(5), window: ONE_BY_ONE },
                http: Bounds { turns: 40, time: Duration::from_secs(5) },
                connections: 4,
                rates: &[20.0],
                rate_time: Duration::from_secs(1),
                few_rows: 10,
                many_rows: 1_000,
                audited: Amount { orders: 60, time: Duration::from_secs(5), window: FULL },
                catalogue: 300,
            },
        }
    }
}
