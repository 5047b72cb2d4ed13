//! What a service says about itself: log lines to standard error, filtered by `RUST_LOG`, and spans to a collector.

mod traces;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;
pub(crate) use traces::Traces;

/// What is logged without `RUST_LOG`.
const DEFAULT_FILTER: &str = "info,async_nats=warn,sqlx=warn";

pub(crate) fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.with_target(false).with_ansi(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
}
