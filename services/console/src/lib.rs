//! The operator's program: one command a file, in `commands`.
//!
//! It is a program for people first: it says what it does while it does it, and what to do next
//! when it cannot. `up` is the largest of its commands and has a module of its own, as has the demo
//! shop that `up` fills.

mod commands;
mod repository;
mod seed;
mod terminal;
mod up;

use std::process::ExitCode;

use clap::Parser;

use commands::Command;

#[derive(Parser)]
#[command(name = "livemart", version, about = "Runs and examines a LiveMart shop")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Parses the command line, runs the command, and says why when it fails.
pub async fn main() -> ExitCode {
    match Cli::parse().command.run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("livemart: {error:#}");
            ExitCode::FAILURE
        }
    }
}
