//! `livemart reconcile`

use std::process::ExitCode;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use livemart_contracts::Clock;

use crate::access::StaffAccess;
use crate::reconcile::{self, Report};
use crate::terminal::{Terminal, say};

/// Hours compared where nobody says since when.
const NEWEST: &str = "24";

#[derive(Args)]
pub(crate) struct Reconcile {
    /// Compares payments of the last so many hours
    #[arg(long, value_name = "HOURS", default_value = NEWEST, value_parser = clap::value_parser!(u32).range(1..=876_000))]
    hours: u32,
    /// Compares payments made from this time on, such as 2026-11-25T08:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "hours")]
    since: Option<DateTime<Utc>>,
    /// And before this one; now by default
    #[arg(long, value_name = "TIME")]
    until: Option<DateTime<Utc>>,
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    staff: StaffAccess,
}

impl Reconcile {
    /// Fails where the books differ.
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let until = self.until.unwrap_or_else(|| Clock::default().now());
        let since = self.since.unwrap_or(until - TimeDelta::hours(i64::from(self.hours)));
        let report = reconcile::run(&self.staff, since, until).await?;
        if self.json {
            say!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            print(&report, Terminal::of_stdout());
        }
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn print(report: &Report, terminal: Terminal) {
    let Report { provider, compared, under_way, since, until, .. } = report;
    say!(
        "{compared} payments from {since} to {until} compared with the books of {provider}, {under_way} are under way"
    );
    for difference in &report.differences {
        say!("{}", terminal.bad(&difference.to_string()));
        say!("  {}", terminal.dim(&difference.remedy));
    }
    match report.differences.len() {
        0 => say!("{}", terminal.good("our books and the provider's agree")),
        some if report.complete => say!("{}", terminal.bad(&format!("{some} differences"))),
        some => say!("{}", terminal.bad(&format!("{some} differences up to {until}, where this ends"))),
    }
}
