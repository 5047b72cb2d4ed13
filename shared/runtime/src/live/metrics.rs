//! What is measured of the configuration.

use std::sync::LazyLock;

use prometheus::{IntCounter, IntGauge, register_int_counter, register_int_gauge};

pub(super) static REVISION: LazyLock<IntGauge> = LazyLock::new(|| {
    let help = "Revision of the newest change of the central configuration that this replica took.";
    register_int_gauge!("livemart_config_revision", help)
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
pub(super) static REFUSED: LazyLock<IntGauge> = LazyLock::new(|| {
    let help = "Values of the central configuration that this replica refuses at the moment.";
    register_int_gauge!("livemart_config_refused", help)
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
pub(super) static REFUSALS: LazyLock<IntCounter> = LazyLock::new(|| {
    let help = "Values of the central configuration that this replica refused.";
    register_int_counter!("livemart_config_refusals_total", help)
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
pub(super) static READ_FAILURES: LazyLock<IntCounter> = LazyLock::new(|| {
    let help = "Reads of the central configuration that failed; what was known before stays.";
    register_int_counter!("livemart_config_read_failures_total", help)
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});
