//! What the inventory can be told by its environment.

use std::time::Duration;

use clap::Args;
use livemart_runtime::{Live, between};
use secrecy::SecretString;

use crate::domain::LowMark;

/// Keys of the inventory.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Inventory")]
pub struct Config {
    /// The Redis servers whose locks take contention between replicas off hot products: `redis://[:password@]host:port`,
    /// several independent ones separated by commas. None: no locks, and stock is just as right.
    #[arg(long, env = "LIVEMART_REDIS_URLS", hide_env_values = true, value_delimiter = ',')]
    pub redis_urls: Vec<SecretString>,

    #[command(flatten)]
    pub live: Live<Settings>,
}

/// Keys that may change while the service runs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Inventory, while it runs")]
pub struct Settings {
    /// Seconds after which a reservation whose order is still undecided asks for the decision. By default twice an
    /// order's deadline; asking earlier does no harm.
    #[arg(long, env = "LIVEMART_INVENTORY_STALLED_AFTER", value_name = "SECONDS", default_value_t = 120, value_parser = between(1_u32..=86_400))]
    pub stalled_after: u32,

    /// Pieces for sale at which a product's stock is low: when it falls to so many, or below, `stock.low` says so once.
    #[arg(long, env = "LIVEMART_INVENTORY_LOW_STOCK", value_name = "PIECES", default_value_t = 5, value_parser = between(0_u32..=1_000_000))]
    pub low_stock: u32,
}

impl Settings {
    pub fn stalled_after(&self) -> Duration {
        Duration::from_secs(self.stalled_after.into())
    }

    pub fn low_mark(&self) -> LowMark {
        LowMark(self.low_stock.into())
    }
}
