//! `livemart drill`

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::drill::{DRILLS, Drill as Performed, Outcome, perform};
use crate::repository::Repository;
use crate::terminal::{Terminal, say};

#[derive(Args)]
pub(crate) struct Drill {
    /// Which; `all` for all of them, nothing for a list
    names: Vec<String>,
    /// Chooses what is ordered
    #[arg(long, default_value = "1")]
    seed: u64,
    /// For programs
    #[arg(long)]
    json: bool,
}

impl Drill {
    /// Fails where a drill does not end with every rule kept.
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let terminal = Terminal::of_stdout();
        if self.names.is_empty() {
            list(terminal);
            return Ok(ExitCode::SUCCESS);
        }
        let chosen = chosen(&self.names)?;
        let mut outcomes = Vec::new();
        let mut failed = Vec::new();
        for drill in &chosen {
            if !self.json {
                say!("{}: {}", terminal.bold(drill.name), drill.does);
            }
            match perform(drill, Repository::find()?, self.seed).await {
                Ok(outcome) => {
                    if !self.json {
                        print(&outcome, terminal);
                    }
                    outcomes.push(outcome);
                }
                Err(error) => {
                    eprintln!("{}: {error:#}", drill.name);
                    failed.push(drill.name);
                }
            }
        }
        if self.json {
            say!("{}", serde_json::to_string_pretty(&outcomes)?);
        } else {
            table(&outcomes, &failed, terminal);
        }
        let passed = failed.is_empty() && outcomes.iter().all(Outcome::is_passed);
        Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn chosen(names: &[String]) -> Result<Vec<&'static Performed>> {
    if names.iter().any(|name| name == "all") {
        return Ok(DRILLS.iter().collect());
    }
    let mut chosen = Vec::new();
    for name in names {
        match DRILLS.iter().find(|drill| drill.name == name) {
            Some(drill) => chosen.push(drill),
            None => {
                let known: Vec<&str> = DRILLS.iter().map(|drill| drill.name).collect();
                bail!("there is no drill {name}; there are all, {}", known.join(", "));
            }
        }
    }
    Ok(chosen)
}

fn list(terminal: Terminal) {
    for drill in DRILLS {
        say!("{:<30} {}", terminal.bold(drill.name), drill.does);
    }
    say!("{}", terminal.dim("just drill NAME runs one of them on servers of its own, just drill all all of them"));
}

fn print(outcome: &Outcome, terminal: Terminal) {
    for seen in &outcome.seen {
        say!("  {seen}");
    }
    for violation in &outcome.violations {
        say!("  {}", terminal.bad(&violation.to_string()));
        say!("    {}", terminal.dim(violation.rule.remedy));
    }
}

fn table(outcomes: &[Outcome], failed: &[&str], terminal: Terminal) {
    let head = ["DRILL", "ORDERS", "CONFIRMED", "FAILED", "CANCELLED", "QUIET AFTER", "AUDIT"];
    let [drill, orders, confirmed, fail, cancelled, quiet, audit] = head;
    let line = format!("{drill:<18} {orders:>7} {confirmed:>10} {fail:>7} {cancelled:>10} {quiet:>12}  {audit}");
    say!("{}", terminal.bold(&line));
    for outcome in outcomes {
        let audit = match outcome.violations.len() {
            0 => terminal.good("clean"),
            violations => terminal.bad(&format!("{violations} violations")),
        };
        say!(
            "{:<18} {:>7} {:>10} {:>7} {:>10} {:>10.1} s  {audit}",
            outcome.drill,
            outcome.orders,
            outcome.confirmed,
            outcome.failed,
            outcome.cancelled,
            outcome.quiet_after_seconds
        );
    }
    for name in failed {
        say!("{name:<18} {}", terminal.bad("not performed, or not at rest: see above"));
    }
}
