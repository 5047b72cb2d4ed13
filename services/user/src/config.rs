//! The configuration of the user service.

use std::num::NonZeroUsize;

use livemart_runtime::{Live, between};
use secrecy::SecretString;

use crate::domain::attempts::FROM_ONE_ADDRESS;

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "User service")]
pub struct Config {
    /// The address of an administrator who is made at start, if no account has it. Without it, nobody is made.
    #[arg(long, env = "LIVEMART_USER_ADMIN_EMAIL", requires = "admin_password")]
    pub admin_email: Option<String>,

    /// The password of that administrator; changing it here does not change it there.
    #[arg(long, env = "LIVEMART_USER_ADMIN_PASSWORD", hide_env_values = true)]
    pub admin_password: Option<SecretString>,

    /// Passwords that are hashed at once. Each keeps a core busy for some 20 ms and takes 19 MiB.
    #[arg(long, env = "LIVEMART_USER_HASHING_LANES", default_value = "2")]
    pub hashing_lanes: NonZeroUsize,

    #[command(flatten)]
    pub live: Live<Settings>,
}

/// Keys that may change while the service runs.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "User service, while it runs")]
pub struct Settings {
    /// How often a password of one account may be guessed from one address within a quarter of an hour. So many that one
    /// address could keep the owner out at others are not possible.
    #[arg(long, env = "LIVEMART_USER_GUESSES", value_name = "GUESSES", default_value_t = 10, value_parser = between(FROM_ONE_ADDRESS.guesses))]
    pub guesses: i32,
}
