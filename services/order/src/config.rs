//! The keys of the order service.

use chrono::TimeDelta;
use clap::Args;
use livemart_runtime::{Live, between};

#[derive(Debug, Clone, Args)]
pub struct Config {
    #[command(flatten)]
    pub live: Live<Settings>,
}

/// Keys that may change while the service runs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Order service, while it runs")]
pub struct Settings {
    /// Seconds within which an order must be decided; then it fails as timed out. Orders that are there keep their deadline.
    #[arg(long, env = "LIVEMART_ORDER_DEADLINE_SECONDS", value_name = "SECONDS", default_value_t = 60, value_parser = between(1_u32..=3600))]
    pub deadline_seconds: u32,
}

impl Settings {
    pub fn deadline(&self) -> TimeDelta {
        TimeDelta::seconds(self.deadline_seconds.into())
    }
}
