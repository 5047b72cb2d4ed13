//! `livemart config unset`

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use super::told;
use crate::access::NatsAccess;
use crate::configuration::{Configuration, Key};
use crate::terminal::say;

#[derive(Args)]
pub(crate) struct Unset {
    /// As `config ls` shows it: `order.deadline_seconds`
    key: Key,
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    nats: NatsAccess,
}

impl Unset {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let Self { key, json, nats } = self;
        let configuration = Configuration::open(&nats).await?;
        if !configuration.is_in_bucket(&key).await? {
            bail!("{key} is not set in the bucket");
        }
        let change = configuration.delete(&key).await?;
        if json {
            let key = key.to_string();
            say!("{}", json!({ "key": key, "value": null, "revision": change.revision, "replicas": change.instances }));
        } else {
            say!("{key} is as at the start again: {}", told(&change));
        }
        Ok(ExitCode::SUCCESS)
    }
}
