//! The operator's program: one command a file, in `commands`.
//!
//! It is a program for people first: it says what it does while it does it, and what to do next
//! when it cannot. A command that is more than a call of something else has a module of its own: [`up`],
//! [`configuration`], [`dead_letters`], [`timeline`], [`stuck`], [`rebuild`], [`replay`], [`audit`], [`reconcile`], [`drill`],
//! [`fuzz`] and [`mod@bench`] with their [`load`] on a [`private`] shop, and [`seed`], the demo shop that `up` fills.

mod access;
mod api;
mod audit;
mod bench;
mod commands;
mod configuration;
mod dead_letters;
mod drill;
mod fuzz;
mod load;
mod private;
mod rebuild;
mod reconcile;
mod replay;
mod repository;
mod scan;
mod seed;
mod stuck;
mod terminal;
mod timeline;
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
