//! The configuration of the storefront. Its own address is `LIVEMART_HTTP_LISTEN`, which every service has.

use clap::{Args, ValueEnum};

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Storefront")]
pub struct Config {
    /// Where the gateway is, which has the shop's REST API.
    #[arg(long, env = "LIVEMART_STOREFRONT_GATEWAY_URL", default_value = "http://127.0.0.1:8080")]
    pub gateway_url: String,

    /// The scheme under which browsers reach the pages: `https` where something in front ends TLS. The session's cookie is then
    /// sent by TLS alone.
    #[arg(long, env = "LIVEMART_STOREFRONT_PUBLIC_SCHEME", value_enum, default_value_t = Scheme::Http)]
    pub public_scheme: Scheme,

    /// Proxies in front of the storefront that can be trusted to say whom they speak for: so many entries at the end of
    /// `X-Forwarded-For` are theirs. The gateway is told the visitor's address, and believes it where it trusts one hop.
    #[arg(long, env = "LIVEMART_STOREFRONT_TRUSTED_HOPS", value_name = "HOPS", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=8))]
    pub trusted_hops: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Scheme {
    Http,
    Https,
}
