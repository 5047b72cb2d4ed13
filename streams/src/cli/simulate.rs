//! Simulates shops until enough sagas were seen or one of them ends wrongly: `just simulate`.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use livemart_streams::simulator::{self, Outcome, Rule, Tally};
use rand::Rng;

/// Sagas without any option: a few seconds.
const SAGAS: u64 = 100_000;

#[derive(Args)]
pub struct Simulate {
    /// The seed of the first shop; alone it is the only one. By default one that nobody has tried
    #[arg(long)]
    seed: Option<u64>,
    /// Simulates at least so many sagas
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    sagas: Option<u64>,
    /// Simulates for so many seconds
    #[arg(long, conflicts_with = "sagas")]
    seconds: Option<u64>,
    /// Prints what happened, line by line; without a seed only in the shop that ends wrongly
    #[arg(long)]
    log: bool,
    /// Breaks a rule, to see that it is missed
    #[arg(long, value_name = "RULE")]
    without: Option<Rule>,
}

/// When to stop.
enum Enough {
    OneShop,
    Sagas(u64),
    Time(Duration),
}

impl Simulate {
    /// The exit code says whether every saga ended well.
    pub fn run(&self, out: &mut impl Write) -> io::Result<ExitCode> {
        let all_well = self.simulate(out)?;
        out.flush()?;
        Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn simulate(&self, out: &mut impl Write) -> io::Result<bool> {
        // A short number: it may have to be typed again.
        let first = self.seed.unwrap_or_else(|| rand::rng().random::<u32>().into());
        let enough = match (self.sagas, self.seconds, self.seed) {
            (Some(sagas), ..) => Enough::Sagas(sagas),
            (None, Some(seconds), _) => Enough::Time(Duration::from_secs(seconds)),
            (None, None, Some(_)) => Enough::OneShop,
            (None, None, None) => Enough::Sagas(SAGAS),
        };
        let keep_log = self.log && matches!(enough, Enough::OneShop);
        let (started, mut tally) = (Instant::now(), Tally::default());
        let mut seed = first;
        loop {
            let outcome = simulator::run(seed, self.without, keep_log);
            tally += outcome.tally;
            write_lines(out, &outcome.log)?;
            if !outcome.violations.is_empty() {
                self.show_failure(out, &outcome)?;
            }
            let done = match enough {
                Enough::OneShop => true,
                Enough::Sagas(sagas) => tally.orders >= sagas,
                Enough::Time(limit) => started.elapsed() >= limit,
            };
            if done || !outcome.violations.is_empty() {
                summarise(out, first, seed, &tally, started.elapsed())?;
                return Ok(outcome.violations.is_empty());
            }
            seed = seed.wrapping_add(1);
        }
    }

    fn show_failure(&self, out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
        if self.log && outcome.log.is_empty() {
            write_lines(out, &simulator::run(outcome.seed, self.without, true).log)?;
        }
        writeln!(out, "seed {} ends wrongly:", outcome.seed)?;
        for violation in &outcome.violations {
            writeln!(out, "  {violation}")?;
        }
        if !self.log {
            let without = self.without.and_then(|rule| rule.to_possible_value());
            let without = without.map(|rule| format!(" --without {}", rule.get_name())).unwrap_or_default();
            writeln!(out, "replay it: just simulate --seed {} --log{without}", outcome.seed)?;
        }
        Ok(())
    }
}

fn write_lines(out: &mut impl Write, lines: &[String]) -> io::Result<()> {
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn summarise(out: &mut impl Write, first: u64, last: u64, tally: &Tally, took: Duration) -> io::Result<()> {
    let Tally { orders, confirmed, cancelled, declined, out_of_stock, timed_out, events, faults, turns } = tally;
    writeln!(out, "seeds {first} to {last}: {orders} sagas, {events} events, {faults} faults, {turns} turns")?;
    writeln!(
        out,
        "{confirmed} confirmed, {cancelled} cancelled, {declined} declined, {out_of_stock} out of stock, {timed_out} timed out"
    )?;
    let rate = *orders as f64 / took.as_secs_f64();
    writeln!(out, "{:.2} s, {rate:.0} sagas a second on one core", took.as_secs_f64())
}
