//! `livemart dlq`: messages that a consumer gave up on. One file per verb.

mod discard;
mod ls;
mod retry;
mod show;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::access::NatsAccess;
use crate::dead_letters::{DeadLetter, Filter, Name, Shelf};

#[derive(Subcommand)]
pub(crate) enum Dlq {
    /// Lists dead letters, and messages that the server gave up on without a copy (a12)
    Ls(ls::Ls),
    /// Shows all that is known of a dead letter
    Show(show::Show),
    /// Sends dead letters again, to the one consumer that failed; what it is done with is removed
    Retry(retry::Retry),
    /// Removes dead letters for good
    Discard(discard::Discard),
}

impl Dlq {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Ls(command) => command.run().await,
            Self::Show(command) => command.run().await,
            Self::Retry(command) => command.run().await,
            Self::Discard(command) => command.run().await,
        }
    }
}

/// Which letters a verb is about.
#[derive(Args)]
struct Selection {
    /// Numbers of `dlq ls`, or ids of events
    #[arg(value_name = "SEQ|EVENT_ID", required_unless_present = "all", conflicts_with = "all")]
    names: Vec<Name>,
    /// All of them, or all that pass the filters
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    filter: Filter,
}

impl Selection {
    async fn on(&self, shelf: &Shelf) -> Result<Vec<DeadLetter>> {
        let letters = shelf.read().await?;
        let letters = if self.all { letters } else { Name::select(&self.names, letters)? };
        self.filter.apply(letters)
    }
}

async fn shelf(nats: &NatsAccess) -> Result<Shelf> {
    Shelf::open(nats.connect().await?).await
}

/// `order.created evt_…`, or where the message was when nothing else is known of it.
fn title(letter: &DeadLetter) -> String {
    if letter.subject.is_empty() {
        format!("message {} of {}", letter.stream_sequence, letter.stream)
    } else if letter.event_id.is_empty() {
        letter.subject.clone()
    } else {
        format!("{} {}", letter.subject, letter.event_id)
    }
}
