//! The command line that every service has.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::Common;
use crate::live::key::{Key, keys};
use crate::service::Service;
use crate::{replay, run};

/// A container's health check is killed after a few seconds anyway.
const HEALTHCHECK_LIMIT: Duration = Duration::from_secs(2);

#[derive(Parser)]
#[command(version, arg_required_else_help = false)]
struct Cli<C: Args> {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    config: C,
}

#[derive(Debug, Clone, Subcommand)]
enum Command {
    /// Run the service (the default)
    Run,
    /// Print what the service emits, reads and serves, as JSON
    Describe,
    /// Ask the running service's admin port whether it is ready
    Healthcheck,
    /// Print every configuration key with its default and its meaning
    Config,
    /// Make a projection anew from events on standard input; `livemart replay` runs this
    Replay { durable: String },
}

/// The `main` of the service in `package`: reads its configuration and does what the command line says.
pub fn main<C: Args + FromArgMatches>(package: &'static str, service: fn(C) -> Service) -> ExitCode {
    match execute(package, service) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute<C: Args + FromArgMatches>(package: &'static str, service: fn(C) -> Service) -> anyhow::Result<()> {
    let matches = Cli::<C>::command().name(package).get_matches();
    let Cli { command, common, config } = Cli::<C>::from_arg_matches(&matches)?;
    match command.unwrap_or(Command::Run) {
        Command::Run => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(common.threads.get())
                .enable_all()
                .build()?;
            let outcome = runtime.block_on(run::run(service(config), common, keys(&Cli::<C>::command(), &matches)));
            // What did not stop in time is not waited for again.
            runtime.shutdown_background();
            outcome
        }
        Command::Replay { durable } => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(replay::run(&service(config), &common, &durable))
        }
        Command::Describe => {
            println!("{}", serde_json::to_string_pretty(&service(config).describe())?);
            Ok(())
        }
        Command::Healthcheck => healthcheck(common.admin_listen),
        Command::Config => {
            print_keys(&service(config), &common, &keys(&Cli::<C>::command(), &matches));
            Ok(())
        }
    }
}

fn healthcheck(admin: SocketAddr) -> anyhow::Result<()> {
    ensure!(admin.port() != 0, "set LIVEMART_ADMIN_LISTEN to the address of the service to check");
    let mut connection =
        TcpStream::connect_timeout(&admin, HEALTHCHECK_LIMIT).with_context(|| format!("{admin} does not answer"))?;
    connection.set_read_timeout(Some(HEALTHCHECK_LIMIT))?;
    connection.write_all(b"GET /readyz?verbose HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"), "not ready: {answer}");
    Ok(())
}

/// A table in Markdown, so that the same text serves a terminal and the documentation.
fn print_keys(service: &Service, common: &Common, keys: &[Key]) {
    let live = run::configuration(service, common, keys.to_vec()).live_names();
    println!("| Key | Default | Values | While it runs | Meaning |\n|---|---|---|---|---|");
    for Key { name, variable, default, kind, help, .. } in keys {
        let in_bucket = if live.contains(name) { format!("`{}.{name}`", service.name) } else { String::new() };
        let default = default.as_deref().unwrap_or_default();
        println!("| `{variable}` | {default} | {} | {in_bucket} | {help} |", kind.replace('|', ", "));
    }
}
