//! `livemart dlq retry`

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use livemart_messaging::consumer::redrive::Answer;

use super::{Selection, shelf, title};
use crate::access::NatsAccess;
use crate::dead_letters::{DeadLetter, Unanswered};
use crate::terminal::{Terminal, say};

#[derive(Args)]
pub(crate) struct Retry {
    #[command(flatten)]
    which: Selection,
    #[command(flatten)]
    nats: NatsAccess,
}

impl Retry {
    /// Fails unless every letter is done with.
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let shelf = shelf(&self.nats).await?;
        let letters = self.which.on(&shelf).await?;
        let terminal = Terminal::of_stdout();
        let all = letters.len();
        let mut removed = 0;
        // One after the other, oldest first: a later event of an order may need what an earlier one does.
        let mut nobody: BTreeMap<String, usize> = BTreeMap::new();
        for (place, letter) in letters.iter().enumerate() {
            if let Some(left) = nobody.get_mut(&letter.consumer) {
                *left += 1;
                continue;
            }
            let progress = if all > 1 { format!("[{}/{all}] ", place + 1) } else { String::new() };
            match shelf.redrive(letter).await {
                Ok(Ok(answer)) => {
                    if answer.outcome.is_final() {
                        shelf.remove(letter).await?;
                        removed += 1;
                    }
                    say!("{progress}{}", outcome(letter, &answer, terminal));
                }
                Ok(Err(Unanswered::NobodyThere)) => {
                    nobody.insert(letter.consumer.clone(), 1);
                }
                Ok(Err(Unanswered::Silence)) => {
                    let unknown = terminal.unsure("no answer, so it stays; if it was applied, the next retry says so");
                    say!("{progress}{}: {unknown}", name(letter));
                }
                Err(error) => say!("{progress}{}: {}", name(letter), terminal.bad(&format!("{error:#}"))),
            }
        }
        for (consumer, left) in &nobody {
            let service = consumer.split('-').next().unwrap_or_default();
            let absent = terminal.bad(&format!("nobody runs {consumer}"));
            say!("{absent}: start the service {service} (`just status`); its dead letters stay ({left})");
        }
        if all == 0 {
            say!("no dead letters");
        } else if all > 1 {
            say!("{removed} of {all} are done with and removed");
        }
        Ok(if removed == all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn name(letter: &DeadLetter) -> String {
    format!("{:>4}  {} -> {}", letter.place.to_string(), title(letter), letter.consumer)
}

fn outcome(letter: &DeadLetter, answer: &Answer, terminal: Terminal) -> String {
    let text = answer.outcome.as_str();
    let outcome = if answer.outcome.is_final() { terminal.good(text) } else { terminal.bad(text) };
    let reason = answer.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let fate = if answer.outcome.is_final() { "removed" } else { "stays" };
    format!("{}: {outcome}{reason}, {fate}", name(letter))
}
