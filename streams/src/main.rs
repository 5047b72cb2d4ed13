//! The tool of this crate: writes what is generated from the services, and simulates the saga.

mod cli;

use std::io::{BufWriter, ErrorKind};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "livemart-streams", about = "The choreography as data, and the saga without servers")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Writes permissions, durables, schemas, catalogue (the default)
    Generate,
    /// Runs sagas in memory under random faults, and checks every cent and piece
    Simulate(cli::simulate::Simulate),
}

fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command.unwrap_or(Command::Generate) {
        Command::Generate => cli::generate::run().map(|()| ExitCode::SUCCESS),
        Command::Simulate(simulate) => match simulate.run(&mut BufWriter::new(std::io::stdout().lock())) {
            // Whoever reads the log may have enough of it.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
            ended => Ok(ended?),
        },
    }
}
