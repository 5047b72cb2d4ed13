//! Says what happens to the processes: who died, and who is back.

use std::collections::BTreeSet;
use std::fs::File;
use std::future;
use std::io::Write as _;
use std::time::Duration;

use livemart_local::{Event, Supervisor, What};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::terminal::say;

pub(super) struct Teller {
    events: Receiver<Event>,
    /// Whose return is news.
    dead: BTreeSet<String>,
    /// Where it is written as well, if what is said goes to a terminal that may be closed.
    diary: Option<File>,
}

impl Teller {
    pub(super) fn listening_to(supervisor: &Supervisor, diary: Option<File>) -> Self {
        Self { events: supervisor.listen(), dead: BTreeSet::new(), diary }
    }

    /// For ever.
    pub(super) async fn tell(&mut self) {
        loop {
            match self.events.recv().await {
                Ok(event) => {
                    if let Some(line) = self.line(event) {
                        self.say(&line);
                    }
                }
                Err(RecvError::Lagged(missed)) => self.say(&format!("{missed} events of processes were not shown")),
                Err(RecvError::Closed) => future::pending().await,
            }
        }
    }

    fn say(&mut self, line: &str) {
        say!("{line}");
        if let Some(diary) = &mut self.diary {
            // It was said already.
            let _ = writeln!(diary, "{line}");
        }
    }

    /// None for what is no news.
    fn line(&mut self, Event { name, what }: Event) -> Option<String> {
        Some(match what {
            What::Started { pid } => {
                if !self.dead.remove(&name) {
                    return None;
                }
                format!("{name} runs again (pid {pid})")
            }
            What::Died { how, again_in } => {
                self.dead.insert(name.clone());
                format!("{name} died ({how}){}", again(again_in))
            }
            What::CannotStart { why, again_in } => format!("{name} cannot start ({why}){}", again(again_in)),
            What::LogUnbounded { why } => format!("the log of {name} grows without limit: {why}"),
            What::Stopped => format!("{name} stopped"),
        })
    }
}

fn again(again_in: Option<Duration>) -> String {
    again_in.map_or_else(String::new, |delay| format!("; starting it again in {:.1} s", delay.as_secs_f32()))
}
