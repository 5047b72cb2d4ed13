//! `livemart fuzz`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::fuzz::{Effort, run};
use crate::repository::Repository;

#[derive(Args)]
pub(crate) struct Fuzz {
    /// Requests made up for each operation, beside those that follow from its schema
    #[arg(long, default_value = "30", value_parser = clap::value_parser!(u32).range(1..=MOST_EXAMPLES))]
    examples: u32,
    /// Chooses them
    #[arg(long, default_value = "1")]
    seed: u64,
}

/// More would take longer than the fuzzer stays signed in.
const MOST_EXAMPLES: i64 = 200;

impl Fuzz {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let Self { examples, seed } = self;
        run(Repository::find()?, Effort { examples, seed }).await?;
        Ok(ExitCode::SUCCESS)
    }
}
