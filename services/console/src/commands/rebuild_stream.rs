//! `livemart rebuild-stream`

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use livemart_contracts::Stream;
use serde::Serialize;

use super::streams::Where;
use crate::access::DatabaseAccess;
use crate::rebuild::{Comparison, Line, Rebuild};
use crate::terminal::{Terminal, asked, say};

#[derive(Args)]
pub(crate) struct RebuildStream {
    /// ORDERS, PAYMENTS, STOCK, PRODUCTS or USERS
    #[arg(value_name = "STREAM", value_parser = stream)]
    stream: Stream,
    /// Deletes a damaged stream and creates it anew without asking, where nothing else helps
    #[arg(long, short)]
    yes: bool,
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    where_to: Where,
    #[command(flatten)]
    database: DatabaseAccess,
}

/// What was done. `--json` prints it; programs rely on every name in it.
#[derive(Serialize)]
struct Report {
    stream: &'static str,
    done: Done,
    /// `null` where there was no stream, or nothing was done.
    before: Option<Comparison>,
    after: Comparison,
    agrees: bool,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Done {
    Nothing,
    Announced,
    Created,
    Recreated,
}

fn stream(text: &str) -> Result<Stream, String> {
    let known = Stream::ALL.into_iter().find(|stream| stream.name().eq_ignore_ascii_case(text));
    known.ok_or_else(|| {
        let names: Vec<&str> = Stream::ALL.iter().map(|stream| stream.name()).collect();
        format!("no outbox fills such a stream; there are {}", names.join(", "))
    })
}

impl RebuildStream {
    /// Fails unless stream and outbox agree at the end.
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let definitions = self.where_to.definitions()?;
        let client = self.where_to.nats.connect().await?;
        let database = self.database.connect().await?;
        let mut rebuild = Rebuild::new(self.stream, client, database, &definitions).await?;
        let report = if rebuild.is_there().await? {
            self.mend(&mut rebuild).await?
        } else {
            self.tell(&format!("{} is gone: creating it with its durables", self.stream.name()));
            let after = self.create(&mut rebuild).await?;
            self.report(Done::Created, None, after)
        };
        if self.json {
            say!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            report.conclude(Terminal::of_stdout());
        }
        Ok(if report.agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Has the stream filled up, or created anew where that is not enough.
    async fn mend(&self, rebuild: &mut Rebuild) -> Result<Report> {
        // Should an earlier run have been interrupted, this is the rest of it.
        rebuild.published().await?;
        let before = rebuild.compare().await?;
        self.show(&before);
        if before.agrees() {
            return Ok(self.report(Done::Nothing, None, before));
        }
        let mut after = None;
        if before.total().missing > 0 {
            let announced = rebuild.announce_missing().await?;
            self.tell(&format!("announcing the {announced} missing events again, under their ids"));
            rebuild.published().await?;
            let compared = rebuild.compare().await?;
            self.show(&compared);
            if compared.agrees() {
                return Ok(self.report(Done::Announced, Some(before), compared));
            }
            after = Some(compared);
        }
        if !self.may_recreate(after.as_ref().unwrap_or(&before))? {
            return Ok(match after {
                Some(after) => self.report(Done::Announced, Some(before), after),
                None => self.report(Done::Nothing, None, before),
            });
        }
        self.tell(&format!("creating {} anew with its durables", self.stream.name()));
        let after = self.create(rebuild).await?;
        Ok(self.report(Done::Recreated, Some(before), after))
    }

    async fn create(&self, rebuild: &mut Rebuild) -> Result<Comparison> {
        rebuild.create().await?;
        self.tell("announcing everything again from the outbox, under the original ids");
        rebuild.published().await?;
        let after = rebuild.compare().await?;
        self.show(&after);
        Ok(after)
    }

    fn may_recreate(&self, comparison: &Comparison) -> Result<bool> {
        if comparison.total().missing > 0 {
            self.tell(
                "the server takes the missing events for duplicates: it remembers their ids, though it has lost them. \
                 Either restart it, or come back after its duplicate window, or have the stream created anew",
            );
        } else {
            self.tell("no outbox announced the strangers; only a stream that is created anew is without them");
        }
        let question = format!(
            "delete {} and create it anew from its outbox? Its consumers read everything again and drop what they know.",
            self.stream.name()
        );
        if self.yes {
            return Ok(true);
        }
        let answer = asked(&question).context("ask on the terminal")?;
        if answer.is_none() {
            self.tell("there is nobody to ask whether to create it anew; --yes does it");
        }
        Ok(answer == Some(true))
    }

    fn report(&self, done: Done, before: Option<Comparison>, after: Comparison) -> Report {
        Report { stream: self.stream.name(), done, agrees: after.agrees(), before, after }
    }

    fn tell(&self, text: &str) {
        if !self.json {
            say!("{text}");
        }
    }

    fn show(&self, comparison: &Comparison) {
        if !self.json {
            print(comparison, Terminal::of_stdout());
        }
    }
}

impl Report {
    fn conclude(&self, terminal: Terminal) {
        if !self.agrees {
            say!("{}", terminal.bad(&format!("{} and its outbox do not agree", self.stream)));
            return;
        }
        let done = match self.done {
            Done::Nothing => "there was nothing to do",
            Done::Announced => "what was missing is there again",
            Done::Created => "it was created and filled",
            Done::Recreated => "it was created anew and filled",
        };
        say!("{}", terminal.good(&format!("{} and its outbox agree; {done}", self.stream)));
    }
}

fn print(comparison: &Comparison, terminal: Terminal) {
    say!(
        "{}",
        terminal.bold(&format!(
            "{:<24} {:>10} {:>10} {:>10} {:>10} {:>10}",
            "SUBJECT", "IN OUTBOX", "IN STREAM", "MISSING", "STRANGERS", "AGAIN"
        ))
    );
    for line in comparison.subjects.iter().chain([&comparison.total()]) {
        let Line { subject, in_outbox, in_stream, missing, strangers, again } = line;
        let text = format!("{subject:<24} {in_outbox:>10} {in_stream:>10} {missing:>10} {strangers:>10} {again:>10}");
        say!("{}", if missing + strangers > 0 { terminal.bad(&text) } else { text });
    }
    name("missing", &comparison.missing, comparison.total().missing);
    name("strangers, by their sequence", &comparison.strangers, comparison.total().strangers);
}

/// The first few of `all`, and that there are more.
fn name<T: ToString>(what: &str, some: &[T], all: i64) {
    if !some.is_empty() {
        let names: Vec<String> = some.iter().map(ToString::to_string).collect();
        let more = if names.len() < usize::try_from(all).unwrap_or(usize::MAX) { ", and more" } else { "" };
        say!("{what}: {}{more}", names.join(", "));
    }
}
