//! `livemart sagas stuck`

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use livemart_contracts::Clock;

use crate::access::DatabaseAccess;
use crate::stuck::{self, Stuck};
use crate::terminal::{Terminal, say};

#[derive(Subcommand)]
pub(crate) enum Sagas {
    /// Lists orders that wait longer than their step allows; fails when there are any
    Stuck(StuckOrders),
}

#[derive(Args)]
pub(crate) struct StuckOrders {
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseAccess,
}

impl Sagas {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let Self::Stuck(StuckOrders { json, database }) = self;
        let stuck = stuck::find(&mut database.connect().await?, Clock::default().now()).await?;
        if json {
            say!("{}", serde_json::to_string_pretty(&stuck)?);
        } else {
            print(&stuck, Terminal::of_stdout());
        }
        Ok(if stuck.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn print(stuck: &[Stuck], terminal: Terminal) {
    if stuck.is_empty() {
        say!("{}", terminal.good("no order waits longer than its step allows"));
        return;
    }
    say!(
        "{}",
        terminal.bold(&format!("{:<31} {:<9} {:<10} {:>9}  {}", "ORDER", "STEP", "WAITS FOR", "SECONDS", "CALL"))
    );
    for order in stuck {
        let call = order.call.as_ref().map(|call| {
            let error = call.last_error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
            format!("{}, {} attempts{error}", call.kind, call.attempts)
        });
        let (id, call) = (order.order_id.to_string(), call.unwrap_or_default());
        say!("{id:<31} {:<9} {:<10} {:>9}  {call}", order.step, order.waits_for, order.waiting_seconds);
    }
    say!("{}", terminal.dim("just timeline ORDER says what is missing, and why"));
}
