//! `livemart config set`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::told;
use crate::access::NatsAccess;
use crate::configuration::{Configuration, Key};
use crate::terminal::say;

#[derive(Args)]
pub(crate) struct Set {
    /// As `config ls` shows it: `order.deadline_seconds`
    key: Key,
    #[arg(allow_hyphen_values = true)]
    value: String,
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    nats: NatsAccess,
}

impl Set {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let Self { key, value, json, nats } = self;
        let configuration = Configuration::open(&nats).await?;
        configuration.judge(&key, &value).await?;
        let change = configuration.put(&key, &value).await?;
        if json {
            let key = key.to_string();
            say!(
                "{}",
                json!({ "key": key, "value": value, "revision": change.revision, "replicas": change.instances })
            );
        } else {
            say!("{key} = {value}: {}", told(&change));
        }
        Ok(ExitCode::SUCCESS)
    }
}
