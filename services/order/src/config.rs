//! The keys of the order service.

use clap::Args;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Order service")]
pub struct Config {
    /// Seconds within which an order must be decided; then it fails as timed out.
    #[arg(long, env = "LIVEMART_ORDER_DEADLINE_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub deadline_seconds: u32,
}
