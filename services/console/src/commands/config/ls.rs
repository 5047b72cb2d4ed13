//! `livemart config ls`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use livemart_local::{SERVICES, ServiceKind};
use livemart_runtime::live::{KeyReport, Report, Source};
use serde::Serialize;

use crate::access::NatsAccess;
use crate::configuration::Configuration;
use crate::terminal::{Terminal, say};

/// Characters of a value or a default, in the table.
const LONGEST: usize = 30;

#[derive(Args)]
pub(crate) struct Ls {
    /// Of one service only
    service: Option<String>,
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    nats: NatsAccess,
}

/// What `--json` prints; programs rely on every name in it.
#[derive(Serialize)]
struct Listed {
    replicas: Vec<Report>,
    /// Services of which no replica answers.
    silent: Vec<&'static str>,
}

impl Ls {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let service = self.service.as_deref().map(ServiceKind::named).transpose()?.map(|kind| kind.name);
        let replicas = Configuration::open(&self.nats).await?.reports(service).await?;
        let asked = SERVICES.iter().map(|kind| kind.name).filter(|name| service.is_none_or(|one| one == *name));
        let silent = asked.filter(|name| !replicas.iter().any(|report| report.service == *name)).collect();
        let listed = Listed { replicas, silent };
        if self.json {
            say!("{}", serde_json::to_string_pretty(&listed)?);
        } else {
            print(&listed, Terminal::of_stdout());
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print(listed: &Listed, terminal: Terminal) {
    let heads = ["KEY", "VALUE", "FROM", "DEFAULT", "MAY BE", "CHANGES"].map(str::to_owned);
    let services: Vec<&[Report]> = listed.replicas.chunk_by(|a, b| a.service == b.service).collect();
    let rows: Vec<Vec<[String; 6]>> = services.iter().map(|replicas| rows(replicas)).collect();
    let widths: [usize; 6] = std::array::from_fn(|column| {
        let texts = rows.iter().flatten().map(|row| &row[column]).chain([&heads[column]]);
        texts.map(|text| text.chars().count()).max().unwrap_or_default()
    });
    say!("{}", terminal.bold(&line(&heads, &widths)));
    for (replicas, rows) in services.iter().zip(&rows) {
        for row in rows {
            let text = line(row, &widths);
            say!("{}", if row[5] == LIVE { text } else { terminal.dim(&text) });
        }
        for report in *replicas {
            for key in &report.keys {
                if let Some(refused) = &key.refused {
                    let (instance, reason) = (&report.instance, &refused.reason);
                    let value = refused.value.as_ref().map_or("what was put".to_owned(), |value| format!("{value:?}"));
                    say!("{}", terminal.bad(&format!("  {instance} refuses {value} for {}: {reason}", key.key)));
                }
            }
        }
        let run: Vec<String> =
            replicas.iter().map(|report| format!("{} runs revision {}", report.instance, report.revision)).collect();
        say!("{}", terminal.good(&format!("  {}", run.join(", "))));
    }
    for service in &listed.silent {
        say!("{}", terminal.unsure(&format!("{service} does not answer")));
    }
}

const LIVE: &str = "live";

/// The keys of a service, those that change while it runs first; one more row for a value that only some replicas have.
fn rows(replicas: &[Report]) -> Vec<[String; 6]> {
    let Some(first) = replicas.first() else { return Vec::new() };
    let mut rows = Vec::new();
    let mut keys: Vec<&KeyReport> = first.keys.iter().collect();
    keys.sort_by_key(|key| !key.live);
    for key in keys {
        rows.push(row(key, &key.key));
        for other in &replicas[1..] {
            let differs = |one: &&KeyReport| one.key == key.key && (one.value != key.value || one.source != key.source);
            let there = other.keys.iter().find(differs);
            rows.extend(there.map(|one| row(one, &format!("  at {}", other.instance))));
        }
    }
    rows
}

fn row(key: &KeyReport, name: &str) -> [String; 6] {
    let from = match (key.source, key.revision) {
        (Source::Bucket, Some(revision)) => format!("bucket @{revision}"),
        (source, _) => source.name().to_owned(),
    };
    let changes = if key.live { LIVE } else { "restart" }.to_owned();
    let value = key.value.as_deref().unwrap_or("-");
    let default = key.default.as_deref().unwrap_or("-");
    [name.to_owned(), shortened(value), from, shortened(default), key.kind.clone(), changes]
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn line(columns: &[String; 6], widths: &[usize; 6]) -> String {
    let padded: Vec<String> =
        columns.iter().zip(widths).map(|(text, width)| format!("{text:<width$}", width = *width)).collect();
    padded.join("  ").trim_end().to_owned()
}
