//! The configuration of the gateway. Its public address is `LIVEMART_HTTP_LISTEN`, which every service has.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use axum::http::HeaderValue;
use axum::http::uri::Uri;
use clap::{Args, Parser, ValueEnum};
use livemart_runtime::{Live, between};
use secrecy::SecretString;

use crate::limits::Quota;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Gateway")]
pub struct Config {
    /// The scheme under which clients reach the gateway: `https` where something in front of it ends TLS. Browsers are told
    /// then never to come without it.
    #[arg(long, env = "LIVEMART_GATEWAY_PUBLIC_SCHEME", value_enum, default_value_t = Scheme::Http)]
    pub public_scheme: Scheme,

    /// The Redis servers by which replicas share the limits of clients: `redis://[:password@]host:port`, several
    /// independent ones separated by commas. None, or none that answers: each replica counts for itself.
    #[arg(long, env = "LIVEMART_REDIS_URLS", hide_env_values = true, value_delimiter = ',')]
    pub redis_urls: Vec<SecretString>,

    #[command(flatten)]
    pub live: Live<Settings>,
}

/// Keys that may change while the gateway runs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Gateway, while it runs")]
pub struct Settings {
    /// Requests a second of one signed-in user, on average, at all replicas together. 0: no limit.
    #[arg(long, env = "LIVEMART_GATEWAY_USER_RATE", value_name = "REQUESTS", default_value_t = 50, value_parser = between(0_u32..=100_000))]
    pub user_rate: u32,

    /// Requests of one signed-in user that may come at once.
    #[arg(long, env = "LIVEMART_GATEWAY_USER_BURST", value_name = "REQUESTS", default_value_t = 200, value_parser = between(1_u32..=100_000))]
    pub user_burst: u32,

    /// The same for whoever is not signed in, by their address. Many people may share one. 0: no limit.
    #[arg(long, env = "LIVEMART_GATEWAY_ADDRESS_RATE", value_name = "REQUESTS", default_value_t = 100, value_parser = between(0_u32..=100_000))]
    pub address_rate: u32,

    /// Requests from one address that may come at once.
    #[arg(long, env = "LIVEMART_GATEWAY_ADDRESS_BURST", value_name = "REQUESTS", default_value_t = 400, value_parser = between(1_u32..=100_000))]
    pub address_burst: u32,

    /// Proxies in front of the gateway that can be trusted to say whom they speak for: so many entries at the end of
    /// `X-Forwarded-For` are theirs. With 0 nobody is believed, and the client is whoever connects.
    #[arg(long, env = "LIVEMART_GATEWAY_TRUSTED_HOPS", value_name = "HOPS", default_value_t = 0, value_parser = between(0_u8..=8))]
    pub trusted_hops: u8,

    /// Origins whose pages may call the API from a browser: `https://shop.example`, several separated by commas, or `*` for all.
    #[arg(long, env = "LIVEMART_GATEWAY_CORS_ORIGINS", value_name = "ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<Origin>,

    /// Seconds that a service has for an answer; streams of events may last longer.
    #[arg(long, env = "LIVEMART_GATEWAY_ANSWER_SECONDS", value_name = "SECONDS", default_value_t = 29, value_parser = between(1_u32..=29))]
    pub answer_seconds: u32,

    /// How often a request that reached nobody, or may be repeated, is given to another replica.
    #[arg(long, env = "LIVEMART_GATEWAY_RETRIES", value_name = "RETRIES", default_value_t = 3, value_parser = between(0_u32..=10))]
    pub retries: u32,

    /// Requests in a row that a service has to break off, or leave unanswered, before it is left alone.
    #[arg(long, env = "LIVEMART_GATEWAY_CIRCUIT_FAILURES", value_name = "REQUESTS", default_value_t = 10, value_parser = between(1_u32..=1_000_000))]
    pub circuit_failures: u32,

    /// Seconds for which it is left alone then; after them one request finds out whether it is well again.
    #[arg(long, env = "LIVEMART_GATEWAY_CIRCUIT_SECONDS", value_name = "SECONDS", default_value_t = 5, value_parser = between(1_u32..=300))]
    pub circuit_seconds: u32,
}

impl Default for Settings {
    /// What holds where nothing is configured.
    fn default() -> Self {
        #[derive(Parser)]
        struct Defaults {
            #[command(flatten)]
            settings: Settings,
        }
        Defaults::parse_from(["gateway"]).settings
    }
}

impl Settings {
    pub fn of_users(&self) -> Option<Quota> {
        quota(self.user_rate, self.user_burst)
    }

    pub fn of_addresses(&self) -> Option<Quota> {
        quota(self.address_rate, self.address_burst)
    }

    pub fn answer_limit(&self) -> Duration {
        Duration::from_secs(self.answer_seconds.into())
    }

    pub fn left_alone_for(&self) -> Duration {
        Duration::from_secs(self.circuit_seconds.into())
    }

    /// Whether pages of `origin` may call.
    pub fn welcomes(&self, origin: &HeaderValue) -> bool {
        self.cors_origins.iter().any(|one| one.0 == "*" || one.0.as_bytes() == origin.as_bytes())
    }
}

fn quota(rate: u32, burst: u32) -> Option<Quota> {
    Some(Quota { rate: NonZeroU32::new(rate)?, burst: NonZeroU32::new(burst)? })
}

/// `https://shop.example:8443`, as browsers write it, or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let wrong = "an origin is https://host[:port], without a path, or *";
        let text = text.trim();
        let uri: Uri = if text == "*" { return Ok(Self(text.to_owned())) } else { text.parse().map_err(|_| wrong)? };
        let whole = uri.scheme_str().zip(uri.authority()).map(|(scheme, authority)| format!("{scheme}://{authority}"));
        if whole.as_deref() == Some(text) { Ok(Self(text.to_owned())) } else { Err(wrong) }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_sends_and_nothing_longer() {
        for origin in ["https://shop.example", "http://localhost:3000", "https://[fd00::7]:8443", "*"] {
            assert!(origin.parse::<Origin>().is_ok(), "{origin}");
        }
        for wrong in ["", "shop.example", "https://shop.example/", "https://", "https://shop.example/page", "null"] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }
}
