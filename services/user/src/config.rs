//! The configuration of the user service.

use std::num::NonZeroUsize;

use secrecy::SecretString;

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
}
