//! The configuration of the product service.

use clap::Args;
use secrecy::SecretString;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Product service")]
pub struct Config {
    /// The Redis servers that cache single products: `redis://[:password@]host:port`, several independent ones separated by
    /// commas. None: every product is read from the database, which is slower and just as right.
    #[arg(long, env = "LIVEMART_REDIS_URLS", hide_env_values = true, value_delimiter = ',')]
    pub redis_urls: Vec<SecretString>,
}
