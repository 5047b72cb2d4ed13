//! One file per command.

mod audit;
mod bench;
mod config;
mod dlq;
mod down;
mod drill;
mod env;
mod fuzz;
mod install;
mod k8s_secrets;
mod logs;
mod migrate;
mod rebuild_stream;
mod reconcile;
mod replay;
mod reset;
mod sagas;
mod stand_by;
mod status;
mod streams;
mod timeline;
mod up;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

pub(crate) use logs::follow_all;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Installs what is missing, starts the shop, fills it, and follows its logs
    Up(up::Up),
    /// Stops the shop; its data stays
    Down(down::Down),
    /// Stops the shop and drops its data
    Reset(reset::Reset),
    /// Shows what runs; fails unless everything is ready
    Status(status::Status),
    /// Prints addresses and demo accounts as shell variables: eval "$(livemart env)"
    Env(env::Env),
    /// Shows the logs of all processes, or of one
    Logs(logs::Logs),
    /// Installs what is missing: the servers (Postgres, NATS, Redis), and what the tests check files with
    Install(install::Install),
    /// Brings the database up to date
    Migrate(migrate::Migrate),
    /// Compares the streams with their files, and makes them so
    #[command(subcommand)]
    Streams(streams::Streams),
    /// Writes the secrets of k8s/overlays/local, those that are missing
    K8sSecrets(k8s_secrets::K8sSecrets),
    /// Does nothing until it is told to stop
    StandBy(stand_by::StandBy),
    /// Shows the whole saga of an order: every step, who acted on it and how, and what is expected next
    Timeline(timeline::Timeline),
    /// Lists and changes the configuration of services that run
    #[command(subcommand)]
    Config(config::Config),
    /// Finds orders that wait longer than their step allows
    #[command(subcommand)]
    Sagas(sagas::Sagas),
    /// Lists, shows, sends again and discards the messages that a consumer gave up on
    #[command(subcommand)]
    Dlq(dlq::Dlq),
    /// Checks money, goods, orders, streams and inboxes of the whole shop; fails where a rule is broken
    Audit(audit::Audit),
    /// Compares our payments with the provider's books, by its API; fails where they differ
    Reconcile(reconcile::Reconcile),
    /// Breaks a private shop in one way, under load, and proves that no money and no goods went missing
    Drill(drill::Drill),
    /// Asks a private shop for everything that its contract names, in good and bad ways, and compares each answer with it
    Fuzz(fuzz::Fuzz),
    /// Measures what the shop does a second, what it costs, and what it would cost without batches
    Bench(bench::Bench),
    /// Compares a stream with its outbox, and announces again what it lost; creates it where it is gone
    RebuildStream(rebuild_stream::RebuildStream),
    /// Makes a projection anew from its events, beside the live one, compares, and exchanges the rows that differ
    Replay(replay::Replay),
}

impl Command {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Up(command) => command.run().await,
            Self::Down(command) => command.run().await,
            Self::Reset(command) => command.run().await,
            Self::Status(command) => command.run().await,
            Self::Env(command) => command.run().await,
            Self::Logs(command) => command.run().await,
            Self::Install(command) => command.run().await,
            Self::Migrate(command) => command.run().await,
            Self::Streams(command) => command.run().await,
            Self::K8sSecrets(command) => command.run().await,
            Self::StandBy(command) => command.run().await,
            Self::Timeline(command) => command.run().await,
            Self::Config(command) => command.run().await,
            Self::Sagas(command) => command.run().await,
            Self::Dlq(command) => command.run().await,
            Self::Audit(command) => command.run().await,
            Self::Reconcile(command) => command.run().await,
            Self::Drill(command) => command.run().await,
            Self::Fuzz(command) => command.run().await,
            Self::Bench(command) => command.run().await,
            Self::RebuildStream(command) => command.run().await,
            Self::Replay(command) => command.run().await,
        }
    }
}
