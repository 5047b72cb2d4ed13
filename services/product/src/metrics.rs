//! What this service measures, in Prometheus' default registry.

use std::sync::LazyLock;

use prometheus::{
    Histogram, IntCounterVec, IntGauge, histogram_opts, opts, register_histogram, register_int_counter_vec,
    register_int_gauge,
};

/// In seconds; a search takes single milliseconds.
const SEARCH_BUCKETS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0];

pub(crate) static SEARCH_SECONDS: LazyLock<Histogram> = LazyLock::new(|| {
    let help = "Time to search the index for one page, without reading the products that are shown.";
    let options = histogram_opts!("livemart_search_duration_seconds", help, SEARCH_BUCKETS.to_vec());
    register_histogram!(options).unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
pub(crate) static SEARCH_PRODUCTS: LazyLock<IntGauge> = LazyLock::new(|| {
    register_int_gauge!("livemart_search_products", "Products in this replica's search index.")
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
pub(crate) static CACHE_READS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    let help = "Reads of single products by what the cache had: hit, miss (nothing), stale (something too old), \
                error (no answer of Redis), bypass (not asked).";
    register_int_counter_vec!(opts!("livemart_product_cache_reads_total", help), &["result"])
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
