//! `livemart dlq discard`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use livemart_contracts::Clock;

use super::{Selection, shelf, title};
use crate::access::{DatabaseAccess, NatsAccess};
use crate::dead_letters::discarding;
use crate::terminal::{Counter, say};

#[derive(Args)]
pub(crate) struct Discard {
    #[command(flatten)]
    which: Selection,
    /// Does it; without, only says what would be removed
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    nats: NatsAccess,
    #[command(flatten)]
    database: DatabaseAccess,
}

/// Named one by one up to here; beyond it a person reads a number better.
const NAMED: usize = 20;

impl Discard {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let shelf = shelf(&self.nats).await?;
        let letters = self.which.on(&shelf).await?;
        for letter in letters.iter().take(NAMED) {
            say!("{:>6}  {} -> {}", letter.place.to_string(), title(letter), letter.consumer);
        }
        if letters.len() > NAMED {
            say!("        and {} more", letters.len() - NAMED);
        }
        if !self.yes {
            say!("would discard {} dead letters for good; --yes does it", letters.len());
            return Ok(ExitCode::FAILURE);
        }
        let (mut database, now) = (self.database.connect().await?, Clock::default().now());
        let mut counter = Counter::new("discarded", letters.len());
        let mut without_id = 0;
        for (done, letter) in letters.iter().enumerate() {
            if !discarding::record(&mut database, letter, now).await? {
                without_id += 1;
            }
            shelf.remove(letter).await?;
            counter.show(done + 1);
        }
        drop(counter);
        say!("discarded {} dead letters", letters.len());
        if without_id > 0 {
            say!("{without_id} of them had no id of an event: no inbox can note that they were discarded");
        }
        Ok(ExitCode::SUCCESS)
    }
}
