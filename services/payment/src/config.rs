//! The keys of the payment service.

use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use livemart_runtime::{Live, between};
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

    #[command(flatten)]
    pub live: Live<Settings>,
}

/// Keys that may change while the service runs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Payment service, while it runs")]
pub struct Settings {
    /// Seconds past the order's deadline after which a hold that still waits for the decision asks for it, and asks again.
    #[arg(long, env = "LIVEMART_PAYMENT_STALLED_AFTER_SECONDS", value_name = "SECONDS", default_value_t = 30, value_parser = between(1_u32..=86_400))]
    pub stalled_after_seconds: u32,
}

impl Settings {
    pub fn stalled_after(&self) -> TimeDelta {
        TimeDelta::seconds(self.stalled_after_seconds.into())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProviderName {
    /// Behaves like a provider, its failures included, and moves no money.
    Sandbox,
}
