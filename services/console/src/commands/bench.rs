//! `livemart bench`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::bench::{self, Options, Part, Size};
use crate::repository::Repository;

#[derive(Args)]
pub(crate) struct Bench {
    /// What to measure; everything by default
    parts: Vec<Part>,
    /// A few minutes in all: less of everything
    #[arg(long)]
    quick: bool,
    /// Seconds: whether it works at all
    #[arg(long, hide = true, conflicts_with = "quick")]
    tiny: bool,
    /// For programs
    #[arg(long)]
    json: bool,
    /// Writes page, picture and JSON there; a complete run that is not quick writes them to docs/ by itself
    #[arg(long, value_name = "DIRECTORY")]
    out: Option<PathBuf>,
}

impl Bench {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let size = match (self.quick, self.tiny) {
            (true, _) => Size::Quick,
            (_, true) => Size::Tiny,
            _ => Size::Full,
        };
        let options = Options { size, parts: self.parts, json: self.json, out: self.out };
        bench::run(&Repository::find()?, options).await
    }
}
