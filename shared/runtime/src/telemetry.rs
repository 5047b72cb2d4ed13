//! What a service says about itself: log lines to standard error, filtered by `RUST_LOG`, and spans to a collector.

mod traces;

use std::fmt;
use std::str::FromStr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use crate::config::{CommonSettings, LogFormat};
use crate::live::Live;
pub(crate) use traces::Traces;

/// A filter of log lines that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    pub(crate) const DEFAULT: &str = "info,async_nats=warn,sqlx=warn";

    fn filter(&self) -> EnvFilter {
        EnvFilter::new(&self.0)
    }
}

impl FromStr for LogFilter {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        EnvFilter::try_new(text).map(|_| Self(text.to_owned()))
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

type Refilter = Box<dyn Fn(EnvFilter) -> Result<(), String> + Send>;

/// Starts logging. The answer changes the filter with the settings, for as long as it runs.
pub(crate) fn start(format: LogFormat, live: &Live<CommonSettings>) -> impl Future<Output = ()> + Send + use<> {
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr);
    let filter = live.get().log_filter.filter();
    let refilter: Refilter = match format {
        LogFormat::Text => {
            let lines = lines.with_target(false).with_ansi(false).with_env_filter(filter).with_filter_reloading();
            let handle = lines.reload_handle();
            lines.init();
            Box::new(move |filter| handle.reload(filter).map_err(|error| error.to_string()))
        }
        LogFormat::Json => {
            let lines = lines.json().flatten_event(true).with_env_filter(filter).with_filter_reloading();
            let handle = lines.reload_handle();
            lines.init();
            Box::new(move |filter| handle.reload(filter).map_err(|error| error.to_string()))
        }
    };
    let mut changes = live.changes();
    async move {
        let mut current = changes.borrow_and_update().log_filter.clone();
        while changes.changed().await.is_ok() {
            let wanted = changes.borrow_and_update().log_filter.clone();
            if wanted == current {
                continue;
            }
            if let Err(error) = refilter(wanted.filter()) {
                tracing::error!(error, "log lines cannot be filtered in another way");
            }
            current = wanted;
        }
    }
}
