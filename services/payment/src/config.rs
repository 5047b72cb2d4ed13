//! The keys of the payment service.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use livemart_runtime::{Live, between};
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use crate::providers::Access;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Payment service")]
pub struct Config {
    /// Who holds and takes the money. Payments that are under way, and refunds of those that were made, stay with the
    /// provider that they began with.
    #[arg(long, env = "LIVEMART_PAYMENT_PROVIDER", value_enum, default_value_t = ProviderName::Sandbox)]
    pub provider: ProviderName,

    /// Where the sandbox provider keeps its own books: postgres://role:password@host:port/database.
    #[arg(long, env = "LIVEMART_PAYMENT_SANDBOX_DATABASE_URL", hide_env_values = true)]
    pub sandbox_database_url: Option<SecretString>,

    /// The secret key of the shop at its provider (stripe, toss).
    #[arg(long, env = "LIVEMART_PAYMENT_SECRET_KEY", hide_env_values = true, conflicts_with = "secret_key_file")]
    pub secret_key: Option<SecretString>,

    /// A file that holds the secret key, in place of the key itself.
    #[arg(long, env = "LIVEMART_PAYMENT_SECRET_KEY_FILE")]
    pub secret_key_file: Option<PathBuf>,

    /// What the provider signs its webhooks with (stripe: whsec_…); several separated by commas while one is being replaced.
    #[arg(
        long,
        env = "LIVEMART_PAYMENT_WEBHOOK_SECRET",
        hide_env_values = true,
        conflicts_with = "webhook_secret_file"
    )]
    pub webhook_secret: Option<SecretString>,

    /// A file that holds the webhook secret, in place of the secret itself.
    #[arg(long, env = "LIVEMART_PAYMENT_WEBHOOK_SECRET_FILE")]
    pub webhook_secret_file: Option<PathBuf>,

    /// Where the provider's API is; by default the provider's own address. For tests, and for a proxy in between.
    #[arg(long, env = "LIVEMART_PAYMENT_PROVIDER_URL")]
    pub provider_url: Option<Url>,

    /// Seconds after which a provider that is silent may or may not have acted: the payment is unknown until it is asked again.
    #[arg(long, env = "LIVEMART_PAYMENT_PROVIDER_LIMIT_SECONDS", value_name = "SECONDS", default_value_t = 5, value_parser = between(1_u32..=9))]
    pub provider_limit_seconds: u32,

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

    /// Seconds between two comparisons of our books with the provider's. 0: none is made but those that are asked for.
    #[arg(long, env = "LIVEMART_PAYMENT_RECONCILE_EVERY_SECONDS", value_name = "SECONDS", default_value_t = 900, value_parser = between(0_u32..=604_800))]
    pub reconcile_every_seconds: u32,

    /// Hours of payments that each of them compares, the newest.
    #[arg(long, env = "LIVEMART_PAYMENT_RECONCILE_HOURS", value_name = "HOURS", default_value_t = 24, value_parser = between(1_u32..=8_760))]
    pub reconcile_hours: u32,
}

impl Settings {
    pub fn stalled_after(&self) -> TimeDelta {
        TimeDelta::seconds(self.stalled_after_seconds.into())
    }

    /// `None`: never.
    pub fn reconcile_every(&self) -> Option<Duration> {
        (self.reconcile_every_seconds > 0).then(|| Duration::from_secs(self.reconcile_every_seconds.into()))
    }

    pub fn reconcile_newest(&self) -> TimeDelta {
        TimeDelta::hours(self.reconcile_hours.into())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProviderName {
    /// Behaves like a provider, its failures included, and moves no money.
    Sandbox,
    /// Stripe: cards, held and taken later.
    Stripe,
    /// Toss Payments: what the customer's browser authenticated, in won, taken when it is authorised.
    Toss,
}

impl Config {
    /// How long a call to the provider may take.
    pub fn provider_limit(&self) -> Duration {
        Duration::from_secs(self.provider_limit_seconds.into())
    }

    /// How a provider is reached over HTTP.
    pub fn access(&self) -> anyhow::Result<Access> {
        let Some(key) = given(self.secret_key.as_ref(), self.secret_key_file.as_deref())? else {
            bail!("LIVEMART_PAYMENT_SECRET_KEY is not set, which this provider needs");
        };
        let secrets = given(self.webhook_secret.as_ref(), self.webhook_secret_file.as_deref())?;
        let secrets = secrets.map(|secrets| {
            let each = secrets.expose_secret().split(',').map(str::trim).filter(|secret| !secret.is_empty());
            each.map(SecretString::from).collect()
        });
        Ok(Access {
            url: self.provider_url.clone(),
            key,
            webhook_secrets: secrets.unwrap_or_default(),
            limit: self.provider_limit(),
        })
    }
}

/// A secret, from where it is given. An empty one is none.
fn given(secret: Option<&SecretString>, file: Option<&Path>) -> anyhow::Result<Option<SecretString>> {
    let text = match (secret, file) {
        (Some(secret), _) => secret.expose_secret().to_owned(),
        (None, Some(file)) => {
            std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?
        }
        (None, None) => return Ok(None),
    };
    let text = text.trim();
    Ok((!text.is_empty()).then(|| SecretString::from(text)))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        config: Config,
    }

    fn access(arguments: &[&str]) -> anyhow::Result<Access> {
        Cli::try_parse_from([&["payment", "--provider", "stripe"], arguments].concat())?.config.access()
    }

    #[test]
    fn secrets_come_from_the_environment_or_from_files_and_several_may_be_valid() {
        let files = tempfile::tempdir().unwrap();
        let (key, webhook) = (files.path().join("key"), files.path().join("webhook"));
        std::fs::write(&key, "sk_test_1\n").unwrap();
        std::fs::write(&webhook, "whsec_1, whsec_2\n").unwrap();
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let (key, webhook) = (path(&key), path(&webhook));
        let found = access(&["--secret-key-file", &key, "--webhook-secret-file", &webhook]).unwrap();
        let secrets: Vec<&str> = found.webhook_secrets.iter().map(|secret| secret.expose_secret()).collect();
        assert_eq!((found.key.expose_secret(), secrets), ("sk_test_1", vec!["whsec_1", "whsec_2"]));
        assert!(!format!("{found:?}").contains("sk_test"), "it may be logged");

        let found = access(&["--secret-key", "sk_test_2", "--webhook-secret", ""]).unwrap();
        assert_eq!((found.key.expose_secret(), found.webhook_secrets.len()), ("sk_test_2", 0));
        assert!(access(&["--secret-key", "sk_test_2", "--secret-key-file", &key]).is_err(), "which of them?");
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = access(&[]).unwrap_err().to_string();
        assert!(error.contains("LIVEMART_PAYMENT_SECRET_KEY"), "{error}");
        let error = format!("{:#}", access(&["--secret-key-file", "/nowhere/key"]).unwrap_err());
        assert!(error.contains("/nowhere/key"), "{error}");
        assert!(access(&["--secret-key", "sk", "--provider-limit-seconds", "10"]).is_err(), "a task's call takes ten");
    }
}
