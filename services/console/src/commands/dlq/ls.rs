//! `livemart dlq ls`

use std::process::ExitCode;

use anyhow::Result;
use chrono::SecondsFormat;
use clap::Args;
use serde::Serialize;

use super::shelf;
use crate::access::NatsAccess;
use crate::dead_letters::{DeadLetter, Filter};
use crate::terminal::{Terminal, say};

#[derive(Args)]
pub(crate) struct Ls {
    #[command(flatten)]
    filter: Filter,
    /// Shows the newest so many
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    nats: NatsAccess,
}

/// What `--json` prints; programs rely on every name in it.
#[derive(Serialize)]
struct Report {
    /// Of all that pass the filters, also where fewer are listed.
    total: usize,
    dead_letters: Vec<DeadLetter>,
}

impl Ls {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let shelf = shelf(&self.nats).await?;
        let mut letters = self.filter.apply(shelf.read().await?)?;
        let total = letters.len();
        let dead_letters = letters.split_off(total.saturating_sub(self.limit));
        if self.json {
            say!("{}", serde_json::to_string_pretty(&Report { total, dead_letters })?);
        } else {
            print(&dead_letters, total, Terminal::of_stdout());
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print(letters: &[DeadLetter], total: usize, terminal: Terminal) {
    if total == 0 {
        say!("no dead letters");
        return;
    }
    say!("{}", terminal.bold(&line("SEQ", "AT", "CONSUMER", "EVENT", "REASON", "TRIES", "ERROR")));
    for letter in letters {
        let at = letter.at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default();
        let event = if letter.subject.is_empty() { "?" } else { &letter.subject };
        let tries = letter.attempts.to_string();
        let seq = letter.place.to_string();
        say!("{}", line(&seq, &at, &letter.consumer, event, &letter.reason, &tries, &letter.last_error));
    }
    if letters.len() < total {
        say!("{}", terminal.dim(&format!("the newest {} of {total}; --limit shows more", letters.len())));
    }
    say!("{}", terminal.dim("just dlq show SEQ | just dlq retry SEQ | just dlq discard SEQ --yes"));
}

fn line(seq: &str, at: &str, consumer: &str, event: &str, reason: &str, tries: &str, error: &str) -> String {
    format!("{seq:>6}  {at:<20}  {consumer:<28} {event:<20} {reason:<14} {tries:>5}  {error}")
}
