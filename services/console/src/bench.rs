//! `livemart bench`: what the shop does a second, what it costs, and what it would cost without batches.
//!
//! Each [`Part`] opens a private shop of its own, does something measurable and bounded ([`scale`]), and ends with the
//! [audit](settle) of everything that it did: without a clean one there is no figure. [`floors`] is measured in every run,
//! for all goals are shares of what the machine itself can do. To read: [`sagas`] (fed by [`feed`], timed by [`endings`]),
//! [`over_http`], [`reads`], [`footprint`]; then what is made of it: [`results`], [`goals`], [`regressions`], [`page`],
//! [`plot`].

mod bare;
mod catalogue;
mod endings;
mod feed;
mod floors;
mod footprint;
mod goals;
mod history;
mod machine;
mod meters;
mod over_http;
mod page;
mod plot;
mod reads;
mod regressions;
mod results;
mod sagas;
mod scale;
mod settle;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use livemart_contracts::Clock;
use livemart_local::{ShopOptions, install};
use serde::Serialize;
use tokio::time::Instant;

use crate::audit::{self, LookedAt, Messages};
use crate::load::{Crowd, Gathering, Goods, Mix};
use crate::private::{self, PrivateShop};
use crate::repository::Repository;
use crate::terminal::{note, say};
use goals::Goal;
use over_http::LINES;
use regressions::Change;
use results::{Audited, Beside, OpenLoop, Reads, Results, Rows, Saga};
use sagas::Saturation;
use scale::Scale;
pub(crate) use scale::Size;

/// More than all orders of any part take of a product; the inventory takes no more at once.
const PIECES: u32 = 1_000_000;
/// Where a complete run is written; the last committed one is looked for there.
const DOCUMENTS: &str = "docs";
const JSON: &str = "performance.json";

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The whole saga at saturation
    Saga,
    /// The same with a transaction and a publish for every message
    Naive,
    /// From POST to confirmed, at fixed rates
    OpenLoop,
    /// Orders through the gateway, as fast as customers can
    Http,
    /// One hot product beside spread ones
    Hot,
    /// With and without the Redis lock
    Lock,
    /// With many and with few orders stored
    Rows,
    /// Half of the orders failing beside none
    Failing,
    /// Products read, listed and searched
    Reads,
    /// An audit of many orders
    Audit,
    /// Memory, and time from start to ready and to the first order
    Footprint,
}

pub(crate) struct Options {
    pub(crate) size: Size,
    /// All of them when empty.
    pub(crate) parts: Vec<Part>,
    pub(crate) json: bool,
    /// Where to write page, picture and JSON. A complete run of full size is written to `docs` without being told.
    pub(crate) out: Option<PathBuf>,
}

/// What is printed and written; programs rely on every name in it.
#[derive(Serialize)]
pub(crate) struct Output {
    #[serde(flatten)]
    results: Results,
    goals: Vec<Goal>,
    changes: Vec<Change>,
}

impl Output {
    fn of(results: Results, before: Option<&Results>) -> Self {
        let changes = before.map(|before| regressions::compare(before, &results)).unwrap_or_default();
        Self { goals: goals::judge(&results), changes, results }
    }
}

pub(crate) async fn run(repository: &Repository, options: Options) -> Result<ExitCode> {
    let mut bench = Bench { repository, scale: Scale::of(options.size), begun: Instant::now() };
    let chosen = if options.parts.is_empty() { Part::value_variants() } else { &options.parts };
    install::ensure(&repository.state().tools(), |text| bench.say(text)).await?;
    let mut results = bench.floors().await.context("measure what the machine can do")?;
    let mut failed = 0;
    for part in chosen {
        if let Err(error) = bench.measure(*part, &mut results).await {
            bench.say(&format!("{} has no figure: {error:#}", name(*part)));
            failed += 1;
        }
    }
    let before = regressions::committed(repository.root(), &format!("{DOCUMENTS}/{JSON}")).await;
    let output = Output::of(results, before.as_ref());
    if options.json {
        say!("{}", serde_json::to_string_pretty(&output)?);
    } else {
        say!("{}", page::figures(&output));
    }
    let is_complete = options.size == Size::Full && options.parts.is_empty();
    let documents = || (is_complete && failed == 0).then(|| repository.root().join(DOCUMENTS));
    if let Some(directory) = options.out.or_else(documents) {
        write(&directory, &output).with_context(|| format!("write to {}", directory.display()))?;
        bench.say(&format!("written to {}", directory.display()));
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write(directory: &Path, output: &Output) -> Result<()> {
    fs::create_dir_all(directory)?;
    fs::write(directory.join("performance.md"), page::document(output))?;
    fs::write(directory.join("performance.svg"), plot::svg(&output.results))?;
    fs::write(directory.join(JSON), serde_json::to_string_pretty(output)? + "\n")?;
    Ok(())
}

fn name(part: Part) -> String {
    part.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

struct Bench<'a> {
    repository: &'a Repository,
    scale: Scale,
    begun: Instant,
}

impl Bench<'_> {
    fn say(&self, text: &str) {
        note!("{:>6.1} s  {text}", self.begun.elapsed().as_secs_f64());
    }

    async fn floors(&mut self) -> Result<Results> {
        self.say("floors: what the servers do by themselves");
        let servers = private::servers(self.repository, Ok).await?;
        let results = Results::new(
            Clock::default().now(),
            self.scale.size,
            machine::describe(&servers).await?,
            floors::measure(&servers, self.scale.loop_time).await?,
        );
        servers.stop().await?;
        Ok(results)
    }

    async fn measure(&mut self, part: Part, results: &mut Results) -> Result<()> {
        match part {
            Part::Saga => results.saga = Some(self.saga("saga", |options| options, self.scale.saga).await?),
            Part::Naive => {
                let in_batches_of_one = |options: ShopOptions| options.with("LIVEMART_MESSAGING_BATCH", "1");
                results.naive = Some(self.saga("naive", in_batches_of_one, self.scale.naive).await?);
            }
            Part::OpenLoop => results.open_loop = Some(self.open_loop().await?),
            Part::Http => {
                let (shop, crowd) = self.open("http", |options| options).await?;
                let figures = over_http::saturated(&shop, &crowd, &self.scale).await?;
                self.close(shop).await?;
                results.http = Some(figures);
            }
            Part::Hot => {
                let hot = Mix { goods: Goods::Hot, ..Mix::paid(LINES) };
                results.hot = Some(self.mix("hot", &hot).await?);
            }
            Part::Lock => {
                let figures = self.saga("lock: with", |options| options, self.scale.saga).await?;
                let without = |options: ShopOptions| options.with("LIVEMART_REDIS_URLS", "");
                let compared_with = self.saga("lock: without", without, self.scale.saga).await?;
                results.redis_lock = Some(Beside { figures, compared_with });
            }
            Part::Rows => results.rows = Some(self.rows().await?),
            Part::Failing => results.failing = Some(self.mix("failing", &Mix::half_failing(LINES)).await?),
            Part::Reads => results.reads = Some(self.reads().await?),
            Part::Audit => results.audit = Some(self.audit().await?),
            Part::Footprint => {
                self.say("footprint: starting all services");
                let servers = private::servers(self.repository, Ok).await?;
                let (shop, start) = footprint::start(servers, private::services()?).await?;
                self.say("footprint: memory at rest and under load");
                let memory = footprint::memory(&shop, &self.scale).await?;
                self.close(shop).await?;
                (results.start, results.memory_mb) = (Some(start), Some(memory));
            }
        }
        Ok(())
    }

    async fn open(
        &self,
        what: &str,
        configure: impl FnOnce(ShopOptions) -> ShopOptions,
    ) -> Result<(PrivateShop, Crowd)> {
        self.say(&format!("{what}: opening a shop"));
        let servers = private::servers(self.repository, Ok).await?;
        let shop = PrivateShop::open(servers, &configure(private::services()?)).await?;
        let crowd = crowd(&shop, &self.scale).await.context("gather customers and goods")?;
        self.say(&format!("{what}: measuring"));
        Ok((shop, crowd))
    }

    /// Only what is in order counts.
    async fn close(&self, shop: PrivateShop) -> Result<()> {
        self.say("audit");
        settle::audit(&shop).await?;
        shop.close().await
    }

    async fn saga(
        &self,
        what: &str,
        configure: impl FnOnce(ShopOptions) -> ShopOptions,
        amount: scale::Amount,
    ) -> Result<Saga> {
        let (shop, crowd) = self.open(what, configure).await?;
        let mut saturation = Saturation::prepare(&shop, &crowd, &self.scale).await?;
        let figures = saturation.measure(amount, &Mix::paid(LINES)).await?;
        drop(saturation);
        self.close(shop).await?;
        Ok(figures)
    }

    /// Orders of another kind beside plain ones, in the same shop.
    async fn mix(&self, what: &str, mix: &Mix) -> Result<Beside> {
        let (shop, crowd) = self.open(what, |options| options).await?;
        let mut saturation = Saturation::prepare(&shop, &crowd, &self.scale).await?;
        let compared_with = saturation.measure(self.scale.saga, &Mix::paid(LINES)).await?;
        let figures = saturation.measure(self.scale.saga, mix).await?;
        drop(saturation);
        self.close(shop).await?;
        Ok(Beside { figures, compared_with })
    }

    async fn open_loop(&self) -> Result<Vec<OpenLoop>> {
        let (shop, crowd) = self.open("open-loop", |options| options).await?;
        let mut steps = Vec::new();
        for rate in self.scale.rates {
            self.say(&format!("open-loop: {rate} orders a second"));
            let step = over_http::at_rate(&shop, &crowd, *rate, &self.scale).await?;
            let was_served = step.refused == 0;
            steps.push(step);
            // Of a higher rate there is nothing to learn.
            if !was_served {
                break;
            }
        }
        self.close(shop).await?;
        Ok(steps)
    }

    async fn rows(&self) -> Result<Rows> {
        let (few, many) = (self.scale.few_rows, self.scale.many_rows);
        let (shop, crowd) = self.open("rows", |options| options).await?;
        let mut saturation = Saturation::prepare(&shop, &crowd, &self.scale).await?;
        history::write(&shop, few).await?;
        let compared_with = saturation.measure(self.scale.saga, &Mix::paid(LINES)).await?;
        self.say(&format!("rows: writing {many} orders of long ago"));
        history::remove(&shop).await?;
        history::write(&shop, many).await?;
        self.say("rows: measuring");
        let figures = saturation.measure(self.scale.saga, &Mix::paid(LINES)).await?;
        drop(saturation);
        history::remove(&shop).await?;
        self.close(shop).await?;
        Ok(Rows { stored: many, stored_before: few, beside: Beside { figures, compared_with } })
    }

    async fn reads(&self) -> Result<Reads> {
        self.say("reads: opening a shop");
        let servers = private::servers(self.repository, Ok).await?;
        let shop = PrivateShop::open(servers, &private::services()?).await?;
        self.say(&format!("reads: filling the catalogue with {} products", self.scale.catalogue));
        let products = catalogue::fill(shop.addresses(), self.scale.catalogue).await?;
        settle::is_quiet(&shop).await?;
        self.say("reads: measuring");
        let figures = reads::measure(&shop, &products, &self.scale).await?;
        self.close(shop).await?;
        Ok(figures)
    }

    async fn audit(&self) -> Result<Audited> {
        let (shop, crowd) = self.open("audit", |options| options).await?;
        let mut saturation = Saturation::prepare(&shop, &crowd, &self.scale).await?;
        saturation.fill(self.scale.audited, &Mix::paid(LINES)).await?;
        drop(saturation);
        settle::is_quiet(&shop).await?;
        self.say("audit: auditing");
        let report = audit::of(shop.addresses(), Messages::Unaccounted, Clock::default().now()).await?;
        self.close(shop).await?;
        let LookedAt { orders, events, .. } = report.looked_at;
        Ok(Audited { orders, events, seconds: report.seconds })
    }
}

async fn crowd(shop: &PrivateShop, scale: &Scale) -> Result<Crowd> {
    let gathering = Gathering { customers: scale.customers, products: scale.products, pieces: PIECES };
    Crowd::gather(shop.addresses(), gathering).await
}

/// Results for the tests of what is made of them.
#[cfg(test)]
fn sample() -> Results {
    let floors = results::Floors { pg_commits_per_s: 10_000.0, ..results::Floors::default() };
    let saga = |orders_per_s, cpu| Saga { orders: 100, orders_per_s, cpu_ms_per_order: Some(cpu), ..Saga::default() };
    let step = |rate, p50_ms, p99_ms| OpenLoop { rate, orders: 100, p50_ms, p99_ms, ..OpenLoop::default() };
    Results {
        saga: Some(saga(4_000.0, 0.3)),
        naive: Some(saga(500.0, 4.0)),
        open_loop: Some(vec![step(50.0, 5.0, 12.0), step(2_000.0, 20.0, 80.0)]),
        ..Results::new(Clock::default().now(), Size::Full, results::Machine::default(), floors)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_json_has_the_names_that_programs_rely_on() {
        let json = serde_json::to_value(Output::of(sample(), None)).unwrap();
        assert_eq!(json["floors"]["pg_commits_per_s"], 10_000.0);
        for name in ["orders_per_s", "p50_ms", "p99_ms", "cpu_ms_per_order"] {
            assert!(json["saga"][name].is_number() && json["naive"][name].is_number(), "{name}");
        }
        assert_eq!(json["open_loop"][0]["rate"], 50.0);
        assert!(json["open_loop"][0]["p99_ms"].is_number());
        assert_eq!(json["goals"][0]["reached"], true);
        assert_eq!(json.get("http"), None);
    }

    #[test]
    fn figures_beside_others_stand_at_the_top_of_their_part() {
        let figures = Saga { orders_per_s: 9.0, ..Saga::default() };
        let results = Results { hot: Some(Beside { figures, compared_with: Saga::default() }), ..sample() };
        let json = serde_json::to_value(Output::of(results, None)).unwrap();
        assert_eq!(
            (&json["hot"]["orders_per_s"], &json["hot"]["compared_with"]["orders_per_s"]),
            (&9.0.into(), &0.0.into())
        );
    }

    #[test]
    fn what_is_written_is_read_as_the_run_before() {
        let figures = Saga { orders_per_s: 9.0, ..Saga::default() };
        let beside = Beside { figures, compared_with: Saga::default() };
        let rows = Rows { stored: 2, stored_before: 1, beside };
        let results = Results { rows: Some(rows), ..sample() };
        let written = serde_json::to_string(&Output::of(results.clone(), None)).unwrap();
        let read: Results = serde_json::from_str(&written).unwrap();
        assert_eq!(regressions::compare(&read, &results), []);
        assert_eq!(read.rows, results.rows);
    }

    #[test]
    fn every_part_has_a_name_without_spaces() {
        let names: Vec<String> = Part::value_variants().iter().map(|part| name(*part)).collect();
        assert!(names.iter().all(|name| !name.is_empty() && !name.contains(' ')), "{names:?}");
        assert_eq!(serde_json::to_value(Size::Full).unwrap(), Value::from("full"));
    }
}
