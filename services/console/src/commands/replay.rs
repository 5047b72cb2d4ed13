//! `livemart replay`

use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use chrono::{DateTime, SecondsFormat};
use clap::Args;
use livemart_messaging::replay::{Difference, Report, Sample, Start};
use serde::Serialize;

use crate::access::NatsAccess;
use crate::replay::{self, Projection};
use crate::repository::Repository;
use crate::terminal::{Terminal, asked, say};

#[derive(Args)]
pub(crate) struct Replay {
    /// Its name, which is that of its durable: `order-catalogue`
    #[arg(value_name = "PROJECTION")]
    projection: String,
    /// Only from this sequence or time on: rows that rest on older events are left as they are
    #[arg(long, value_name = "SEQ|TIME", value_parser = start)]
    from: Option<Start>,
    /// Exchanges the rows that differ without asking
    #[arg(long, short)]
    yes: bool,
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    nats: NatsAccess,
    /// Postgres, as the login role of the projection's service; that of this clone's shop by default
    #[arg(long, env = "LIVEMART_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

/// `--json` prints it; programs rely on every name in it.
#[derive(Serialize)]
struct Replayed<'a> {
    projection: &'a str,
    #[serde(flatten)]
    report: &'a Report,
}

fn start(text: &str) -> Result<Start, &'static str> {
    if let Ok(sequence) = text.parse() {
        return Ok(Start::Sequence(sequence));
    }
    let time = DateTime::parse_from_rfc3339(text);
    time.map(|time| Start::Time(time.to_utc()))
        .map_err(|_| "neither a sequence nor a time such as 2026-11-25T08:00:00Z")
}

impl Replay {
    /// Fails unless the live rows are as the events say at the end.
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let projections = replay::projections().await?;
        let Some(place) = projections.iter().position(|one| one.durable == self.projection) else {
            let names: Vec<&str> = projections.iter().map(|one| one.durable.as_str()).collect();
            bail!("no projection {}; there are {}", self.projection, names.join(", "));
        };
        let url = self.database_url(&projections[place])?;
        let client = self.nats.connect().await?;
        let start = self.from.unwrap_or(Start::Beginning);
        let mut replay = replay::Replay::begin(client, &url, projections, place, start, self.yes).await?;
        let mut report = replay.compared().await?;
        self.show(&report);
        if !report.equal && !report.swapped && self.agreed()? {
            // Events came meanwhile; what is exchanged is what differs then.
            replay.swap().await?;
            report = replay.compared().await?;
            self.show(&report);
        }
        replay.end().await?;
        if self.json {
            say!("{}", serde_json::to_string_pretty(&Replayed { projection: &self.projection, report: &report })?);
        } else {
            conclude(&report, Terminal::of_stdout());
        }
        Ok(if report.equal || report.swapped { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn database_url(&self, projection: &Projection) -> Result<String> {
        match &self.database_url {
            Some(url) => Ok(url.clone()),
            None => Ok(Repository::find()?.addresses()?.database_url(&projection.service)),
        }
    }

    fn agreed(&self) -> Result<bool> {
        if self.json {
            return Ok(false);
        }
        let answer = asked("exchange the rows that differ?").context("ask on the terminal")?;
        if answer.is_none() {
            say!("there is nobody to ask whether to exchange them; --yes does it");
        }
        Ok(answer == Some(true))
    }

    fn show(&self, report: &Report) {
        if !self.json {
            print(report, Terminal::of_stdout());
        }
    }
}

fn print(report: &Report, terminal: Terminal) {
    for one in &report.projections {
        let undecided = match one.undecided {
            0 => String::new(),
            some => format!(", {some} more are not decided about by the live one"),
        };
        let unread = match one.unread {
            0 => String::new(),
            some => format!(", {some} are not in it any more, or not wanted"),
        };
        say!("{}: {} events of {}{undecided}{unread}", one.durable, one.events, one.stream);
    }
    if let Some(since) = report.since {
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        say!("these events begin at {since}: rows that rest on older ones are left as they are");
    }
    let titles = ["LIVE", "REBUILT", "ONLY LIVE", "ONLY NEW", "DIFFERING", "LEFT"];
    let titles: Vec<String> = titles.iter().map(|title| format!("{title:>10}")).collect();
    say!("{}", terminal.bold(&format!("{:<24} {}", "TABLE", titles.join(" "))));
    for table in &report.tables {
        let Difference { live, rebuilt, only_live, only_rebuilt, differing, left, .. } = table;
        let text = format!(
            "{:<24} {live:>10} {rebuilt:>10} {only_live:>10} {only_rebuilt:>10} {differing:>10} {left:>10}",
            table.table
        );
        say!("{}", if table.is_none() { text } else { terminal.bad(&text) });
        for Sample { key, live, rebuilt } in &table.samples {
            let side = |row: &Option<serde_json::Value>| row.as_ref().map_or("no row".to_owned(), ToString::to_string);
            say!("  {key}\n    live     {}\n    rebuilt  {}", side(live), side(rebuilt));
        }
    }
}

fn conclude(report: &Report, terminal: Terminal) {
    if report.swapped {
        say!("{}", terminal.good("the rows that differed are exchanged: the live ones are as the events say"));
    } else if report.equal {
        say!("{}", terminal.good("the live rows are as the events say; there was nothing to exchange"));
    } else {
        say!("{}", terminal.bad("the live rows are not as the events say; nothing is changed"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_begins_at_a_sequence_or_at_a_time() {
        assert_eq!(start("17"), Ok(Start::Sequence(17)));
        let time = DateTime::from_timestamp(1_795_593_600, 0).unwrap();
        assert_eq!(start("2026-11-25T08:00:00Z"), Ok(Start::Time(time)));
        assert_eq!(start("2026-11-25T17:00:00+09:00"), Ok(Start::Time(time)));
        for wrong in ["", "-1", "yesterday", "2026-11-25"] {
            assert!(start(wrong).is_err(), "{wrong}");
        }
    }
}
