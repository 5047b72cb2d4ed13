//! The configuration of the gateway. Its public address is `LIVEMART_HTTP_LISTEN`, which every service has.

use clap::ValueEnum;

#[derive(Debug, Clone, clap::Args)]
pub struct Config {
    /// The scheme under which clients reach the gateway: `https` where something in front of it ends TLS.
    #[arg(long, env = "LIVEMART_GATEWAY_PUBLIC_SCHEME", value_enum, default_value_t = Scheme::Http)]
    pub public_scheme: Scheme,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}
