//! `livemart audit`

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::access::{AuditAccess, NatsAccess};
use crate::audit::{self, Messages, Report};
use crate::terminal::{Terminal, say};

/// Violations printed one by one; beyond it a person reads a number better. `--json` has all.
const PRINTED: usize = 50;

#[derive(Args)]
pub(crate) struct Audit {
    /// For programs
    #[arg(long)]
    json: bool,
    /// Audits again and again, and serves /audit and /metrics at this address
    #[arg(long, value_name = "ADDRESS", conflicts_with = "json")]
    listen: Option<SocketAddr>,
    /// Seconds between the starts of two audits
    #[arg(long, value_name = "SECONDS", default_value = "60", requires = "listen",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    every: u64,
    /// Reads every message of the streams, also those that the outboxes account for by their sequences
    #[arg(long)]
    every_message: bool,
    #[command(flatten)]
    database: AuditAccess,
    #[command(flatten)]
    nats: NatsAccess,
}

impl Audit {
    /// Fails where a rule is broken.
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let messages = if self.every_message { Messages::Every } else { Messages::Unaccounted };
        if let Some(listen) = self.listen {
            audit::serve(listen, Duration::from_secs(self.every), self.database, self.nats, messages).await?;
            return Ok(ExitCode::SUCCESS);
        }
        let report = audit::run(&self.database, &self.nats, messages).await?;
        if self.json {
            say!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print(&report, Terminal::of_stdout());
        }
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn print(report: &Report, terminal: Terminal) {
    let seen = &report.looked_at;
    say!(
        "{} orders, {} payments, {} holds at the provider, {} reservations, {} products, {} events, {} readers in {:.1} s",
        seen.orders,
        seen.payments,
        seen.holds,
        seen.reservations,
        seen.products,
        seen.events,
        seen.readers,
        report.seconds
    );
    if report.is_clean() {
        say!("{}", terminal.good("every rule holds: no money and no goods are where they should not be"));
        return;
    }
    for violation in report.violations.iter().take(PRINTED) {
        say!("{}", terminal.bad(&violation.to_string()));
        say!("  {}", terminal.dim(violation.rule.remedy));
    }
    let more = report.violations.len().saturating_sub(PRINTED);
    if more > 0 {
        say!("and {more} more (--json has all)");
    }
    say!("{}", terminal.bad(&format!("{} violations", report.violations.len())));
}
