//! `livemart dlq show`

use std::process::ExitCode;

use anyhow::Result;
use async_nats::HeaderMap;
use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{shelf, title};
use crate::access::NatsAccess;
use crate::dead_letters::{Content, DeadLetter, Name};
use crate::terminal::{Terminal, say};

#[derive(Args)]
pub(crate) struct Show {
    /// A number of `dlq ls`, or an event's id
    #[arg(value_name = "SEQ|EVENT_ID")]
    name: Name,
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    nats: NatsAccess,
}

/// What `--json` prints, one for each letter of the event.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    letter: DeadLetter,
    headers: Map<String, Value>,
    /// As JSON where it is JSON, else as text.
    body: Value,
}

impl Show {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let shelf = shelf(&self.nats).await?;
        let mut reports = Vec::new();
        for letter in Name::select(&[self.name], shelf.read().await?)? {
            let content = shelf.content(&letter).await?;
            reports.push(Report::new(letter, &content));
        }
        if self.json {
            say!("{}", serde_json::to_string_pretty(&reports)?);
        } else {
            let terminal = Terminal::of_stdout();
            reports.iter().for_each(|report| report.print(terminal));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Report {
    fn new(letter: DeadLetter, content: &Content) -> Self {
        let body = serde_json::from_slice(&content.payload)
            .unwrap_or_else(|_| String::from_utf8_lossy(&content.payload).into_owned().into());
        Self { letter, headers: texts(&content.headers), body }
    }

    fn print(&self, terminal: Terminal) {
        let letter = &self.letter;
        let line = |name: &str, value: &str| say!("  {name:<12} {value}");
        say!("{}", terminal.bold(&format!("{}  {}", letter.place, title(letter))));
        line("consumer", &letter.consumer);
        line("reason", &terminal.bad(&letter.reason));
        line("at", &letter.at.map(|at| at.to_rfc3339()).unwrap_or_default());
        line("deliveries", &letter.attempts.to_string());
        line("first error", &letter.first_error);
        line("last error", &letter.last_error);
        line("order", letter.order_id.as_deref().unwrap_or("-"));
        line("message", &format!("{} of {}", letter.stream_sequence, letter.stream));
        say!("{}", terminal.bold("headers"));
        for (name, value) in &self.headers {
            say!("  {name}: {}", value.as_str().unwrap_or_default());
        }
        say!("{}", terminal.bold("body"));
        let body = match &self.body {
            Value::String(text) => text.clone(),
            json => format!("{json:#}"),
        };
        body.lines().for_each(|text| say!("  {text}"));
        if let Some(order) = &letter.order_id {
            say!("{}", terminal.dim(&format!("just dlq retry {} | just timeline {order}", letter.place)));
        }
    }
}

/// The event's headers; those of the dead letter are shown above, and several values of one name as one line.
fn texts(headers: &HeaderMap) -> Map<String, Value> {
    let mut texts = Map::new();
    for (name, values) in headers.iter() {
        let name = name.to_string();
        if !name.starts_with("livemart-dead-") {
            let values: Vec<&str> = values.iter().map(|value| value.as_str()).collect();
            texts.insert(name, values.join(", ").into());
        }
    }
    texts
}
