//! The keys of the payment service.

use clap::{Args, ValueEnum};
use secrecy::SecretString;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Payment service")]
pub struct Config {
    /// Who holds and takes the money.
    #[arg(long, env = "LIVEMART_PAYMENT_PROVIDER", value_enum, default_value_t = ProviderName::Sandbox)]
    pub provider: ProviderName,

    /// Where the sandbox provider keeps its own books: postgres://role:password@host:port/database.
    #[arg(long, env = "LIVEMART_PAYMENT_SANDBOX_DATABASE_URL", hide_env_values = true)]
    pub sandbox_database_url: Option<SecretString>,

    /// Seconds past the order's deadline after which a hold that still waits for the decision asks for it, and asks again.
    #[arg(long, env = "LIVEMART_PAYMENT_STALLED_AFTER_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub stalled_after_seconds: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProviderName {
    /// Behaves like a provider, its failures included, and moves no money.
    Sandbox,
}
