//! The configuration of the product service.

use std::ops::Range;
use std::time::Duration;

use clap::Args;
use livemart_runtime::{Live, between};
use secrecy::SecretString;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Product service")]
pub struct Config {
    /// The Redis servers that cache single products: `redis://[:password@]host:port`, several independent ones separated by
    /// commas. None: every product is read from the database, which is slower and just as right.
    #[arg(long, env = "LIVEMART_REDIS_URLS", hide_env_values = true, value_delimiter = ',')]
    pub redis_urls: Vec<SecretString>,

    #[command(flatten)]
    pub live: Live<Settings>,
}

/// Keys that may change while the service runs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Product service, while it runs")]
pub struct Settings {
    /// Seconds, about, for which a product stays in Redis unless it changes.
    #[arg(long, env = "LIVEMART_PRODUCT_CACHE_SECONDS", value_name = "SECONDS", default_value_t = 300, value_parser = between(1_u32..=86_400))]
    pub cache_seconds: u32,
}

impl Settings {
    /// The jitter keeps those that were filled together from going together.
    pub fn cached_for(&self) -> Range<Duration> {
        let seconds = Duration::from_secs(self.cache_seconds.into());
        seconds.mul_f32(0.8)..seconds.mul_f32(1.2)
    }
}
