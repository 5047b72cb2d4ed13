//! What this crate measures, in Prometheus' default registry. Labels come from closed sets: durables, kinds, subjects.

use std::sync::LazyLock;

use prometheus::{
    HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, histogram_opts, opts, register_histogram_vec,
    register_int_counter_vec, register_int_gauge, register_int_gauge_vec,
};

/// OpenTelemetry's advice for durations, in seconds.
pub const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

fn counter(name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    register_int_counter_vec!(opts!(name, help), labels)
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
}

fn gauge(name: &str, help: &str) -> IntGauge {
    register_int_gauge!(opts!(name, help)).unwrap_or_else(|error| unreachable!("registered once: {error}"))
}

fn gauges(name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    register_int_gauge_vec!(opts!(name, help), labels).unwrap_or_else(|error| unreachable!("registered once: {error}"))
}

pub(crate) static PROCESS_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    let options = histogram_opts!(
        "messaging_process_duration_seconds",
        "Time to apply and commit one batch of events.",
        SECONDS.to_vec()
    );
    register_histogram_vec!(options, &["messaging_consumer_group_name"])
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
pub(crate) static EVENT_AGE_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    let options = histogram_opts!(
        "livemart_event_age_seconds",
        "From when something became true until a consumer had acted on it.",
        // To the time-out of an order, and past it.
        [SECONDS.as_slice(), &[30.0, 60.0, 300.0]].concat()
    );
    register_histogram_vec!(options, &["consumer"]).unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
pub(crate) static CREATED: LazyLock<IntCounterVec> =
    LazyLock::new(|| counter("livemart_events_created_total", "Events that became true.", &["subject"]));
pub(crate) static DECISIONS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    counter("livemart_inbox_decisions_total", "Events by what became of them.", &["consumer", "decision"])
});
pub(crate) static DEAD_LETTERS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    counter("livemart_dlq_messages_total", "Events that went to the dead letters.", &["consumer", "reason"])
});
pub(crate) static SENT: LazyLock<IntCounterVec> = LazyLock::new(|| {
    counter("messaging_client_sent_messages_total", "Events published, by how.", &["livemart_publish_mode"])
});
pub(crate) static LOSSES: LazyLock<IntCounterVec> = LazyLock::new(|| {
    counter("livemart_stream_loss_detected_total", "How often the own stream was found to have lost events.", &["kind"])
});
pub(crate) static OUTBOX_WAITING: LazyLock<IntGauge> = LazyLock::new(|| {
    gauge("livemart_outbox_pending", "Unpublished rows that the relay saw in its last look, at most one batch.")
});
pub(crate) static OUTBOX_OLDEST_SECONDS: LazyLock<IntGauge> =
    LazyLock::new(|| gauge("livemart_outbox_oldest_age_seconds", "Age of the oldest unpublished row."));
pub(crate) static LAG: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges(
        "livemart_consumer_lag",
        "Events in the stream that the durable has not been given yet.",
        &["stream", "consumer"],
    )
});
pub(crate) static IN_HAND: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges("livemart_consumer_unacknowledged", "Events that were given and not acknowledged.", &["stream", "consumer"])
});
pub(crate) static EFFECTS: LazyLock<IntCounterVec> =
    LazyLock::new(|| counter("livemart_effects_total", "Calls to the outside by their outcome.", &["kind", "outcome"]));
/// For the watchdogs of the services: each sets the steps that it can see in its own tables.
pub static SAGA_WAITING: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    let help = "Orders that wait longer than the step allows. Every replica of a service sees the same ones.";
    gauges("livemart_saga_waiting", help, &["step"])
});
