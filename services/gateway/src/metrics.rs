//! What the gateway measures besides its requests, in Prometheus' default registry. Labels come from closed sets; services are
//! those that discovery knows.

use std::sync::LazyLock;

use prometheus::{
    IntCounterVec, IntGauge, IntGaugeVec, opts, register_int_counter_vec, register_int_gauge, register_int_gauge_vec,
};

pub static LIMITED: LazyLock<IntCounterVec> = LazyLock::new(|| {
    let help = "Requests counted against the limit of their client, by its policy (user, address), who counted (redis, or \
                memory while Redis is away) and what became of them (passed, refused).";
    register_int_counter_vec!(opts!("livemart_gateway_limited_total", help), &["policy", "counted_by", "result"])
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
pub static CIRCUIT_OPEN: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    let help = "1 while this gateway leaves a service alone, for it kept failing.";
    register_int_gauge_vec!(opts!("livemart_gateway_circuit_open", help), &["service"])
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
pub static CIRCUIT_REFUSED: LazyLock<IntCounterVec> = LazyLock::new(|| {
    let help = "Requests that were refused at once, for their service is left alone.";
    register_int_counter_vec!(opts!("livemart_gateway_circuit_refused_total", help), &["service"])
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
pub static RETRIES: LazyLock<IntCounterVec> = LazyLock::new(|| {
    let help = "Requests that could be given to another replica, by why: unreachable (nobody had seen it) or broken (it may be \
                repeated).";
    register_int_counter_vec!(opts!("livemart_gateway_retries_total", help), &["service", "reason"])
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
pub static EVENT_STREAMS: LazyLock<IntGauge> = LazyLock::new(|| {
    register_int_gauge!("livemart_gateway_event_streams", "Streams of events that pass through this gateway.")
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
