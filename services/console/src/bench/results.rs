//! What a benchmark found out. `--json` and `docs/performance.json` are made of these; programs rely on every name.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::scale::Size;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) at: DateTime<Utc>,
    pub(crate) size: Size,
    pub(crate) machine: Machine,
    pub(crate) floors: Floors,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) saga: Option<Saga>,
    /// Batches of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) naive: Option<Saga>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) open_loop: Option<Vec<OpenLoop>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http: Option<Http>,
    /// One product in every order, beside orders of any products.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hot: Option<Beside>,
    /// With the Redis lock, beside without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) redis_lock: Option<Beside>,
    /// With many orders stored, beside few.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rows: Option<Rows>,
    /// Half of the orders failing, beside none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failing: Option<Beside>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reads: Option<Reads>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) audit: Option<Audited>,
    /// By process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory_mb: Option<BTreeMap<String, Memory>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<Start>,
}

impl Results {
    /// Without any part.
    pub(super) fn new(at: DateTime<Utc>, size: Size, machine: Machine, floors: Floors) -> Self {
        Self {
            at,
            size,
            machine,
            floors,
            saga: None,
            naive: None,
            open_loop: None,
            http: None,
            hot: None,
            redis_lock: None,
            rows: None,
            failing: None,
            reads: None,
            audit: None,
            memory_mb: None,
            start: None,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cores: usize,
    pub(crate) cpu: String,
    pub(crate) system: String,
    pub(crate) postgres: String,
    pub(crate) nats: String,
    pub(crate) redis: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Floors {
    /// One row inserted and committed, over eight connections: `F`.
    pub(crate) pg_commits_per_s: f64,
    pub(crate) jetstream_pipelined_per_s: f64,
    pub(crate) jetstream_atomic_per_s: f64,
    /// A key set and deleted, one after the other.
    pub(crate) redis_pairs_per_s: f64,
    /// The same by 32 at once.
    pub(crate) redis_pairs_32_per_s: f64,
}

/// Sagas at saturation, from the commit of the order until the last of its facts was stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Saga {
    pub(crate) orders: u64,
    pub(crate) orders_per_s: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Of all services and servers; of the machine's own load only what they cause. `None` where the system does not tell.
    pub(crate) cpu_ms_per_order: Option<f64>,
    pub(crate) cpu_ms_per_order_by_process: BTreeMap<String, f64>,
    /// Transactions of Postgres that wrote.
    pub(crate) commits_per_order: f64,
    /// Of Postgres' log.
    pub(crate) fsyncs_per_order: f64,
}

/// The same thing under another condition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Beside {
    #[serde(flatten)]
    pub(crate) figures: Saga,
    pub(crate) compared_with: Saga,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rows {
    pub(crate) stored: u64,
    pub(crate) stored_before: u64,
    #[serde(flatten)]
    pub(crate) beside: Beside,
}

/// Orders that come by the clock; from when one should have been sent until `order.confirmed` was stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenLoop {
    pub(crate) rate: f64,
    pub(crate) orders: u64,
    /// Not taken: these are in no percentile.
    pub(crate) refused: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Until the answer to `POST`.
    pub(crate) answer_p50_ms: f64,
    pub(crate) answer_p99_ms: f64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Http {
    pub(crate) connections: usize,
    pub(crate) orders: u64,
    pub(crate) refused: u64,
    /// From the first request until the last saga was done.
    pub(crate) orders_per_s: f64,
    /// Answered with 201.
    pub(crate) accepted_per_s: f64,
    /// Until the answer.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Until the order was confirmed.
    pub(crate) confirmed_p50_ms: f64,
    pub(crate) confirmed_p99_ms: f64,
    /// Without the clients'.
    pub(crate) cpu_ms_per_order: Option<f64>,
    pub(crate) cpu_ms_per_order_by_process: BTreeMap<String, f64>,
}

/// One kind of reading.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Read {
    pub(crate) per_s: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reads {
    pub(crate) products: usize,
    /// A handler that answers at once with as many bytes, behind the same gateway.
    pub(crate) bare: Read,
    /// Few products again and again.
    pub(crate) product: Read,
    /// The same by one client, who waits for each answer.
    #[serde(default)]
    pub(crate) product_alone: Read,
    /// Another product each time.
    pub(crate) product_uncached: Read,
    /// The client has it already: 304.
    pub(crate) product_unchanged: Read,
    pub(crate) page: Read,
    /// At 200 a second.
    pub(crate) search: Read,
    /// From the start of a replica until its index has every product.
    #[serde(default)]
    pub(crate) index_s: f64,
}

/// One audit of a whole shop, and how much there was to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Audited {
    pub(crate) orders: usize,
    pub(crate) events: i64,
    pub(crate) seconds: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memory {
    pub(crate) rest: f64,
    /// The most it had.
    pub(crate) load: f64,
}

/// From the start of all processes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Start {
    pub(crate) ready_ms: BTreeMap<String, f64>,
    /// With signing up, offering a product and stocking it.
    pub(crate) first_confirmed_ms: f64,
}
