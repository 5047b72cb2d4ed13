//! Sagas at saturation: so many orders are kept under way that every step always finds a full batch.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use async_nats::jetstream;
use livemart_contracts::Clock;
use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, sleep};

use super::endings::{Counts, Endings};
use super::feed::{self, Fed, Feeder};
use super::meters::{self, Written, each};
use super::results::Saga;
use super::scale::{Amount, Scale};
use super::settle;
use crate::load::{Crowd, Mix};
use crate::private::PrivateShop;

/// Between two looks at what is done, each of which asks the server three times: at ten thousand orders a second, a
/// sixteenth of those that are under way.
const LOOK: Duration = Duration::from_millis(25);
/// A shop that finishes nothing for so long will not go on.
const STALLED: Duration = Duration::from_secs(60);
/// Costs are taken between these shares of all orders, in full flow: neither while the queues fill nor while they drain.
const FROM_SHARE: f64 = 0.2;
const TO_SHARE: f64 = 0.9;

/// What everything had used when so many sagas had ended.
struct Meter {
    ended: u64,
    cpu: BTreeMap<String, f64>,
    written: Written,
}

pub(super) struct Saturation<'a> {
    shop: &'a PrivateShop,
    warm_up: u64,
    feeder: Feeder<'a>,
    database: PgConnection,
    jetstream: jetstream::Context,
    processes: BTreeMap<String, u32>,
}

impl<'a> Saturation<'a> {
    pub(super) async fn prepare(shop: &'a PrivateShop, crowd: &'a Crowd, scale: &Scale) -> Result<Self> {
        Ok(Self {
            shop,
            warm_up: scale.warm_up,
            feeder: Feeder::new(shop.addresses(), crowd).await?,
            database: PgConnection::connect(&shop.addresses().admin_database_url()).await?,
            jetstream: jetstream::new(shop.services().discovery().client().clone()),
            processes: meters::processes(shop),
        })
    }

    /// Warms up, then measures.
    pub(super) async fn measure(&mut self, amount: Amount, mix: &Mix) -> Result<Saga> {
        self.run(Amount { orders: self.warm_up, ..amount }, mix).await?;
        settle::is_quiet(self.shop).await?;
        let begun = Clock::default().now();
        let (fed, meters) = self.run(amount, mix).await?;
        settle::is_quiet(self.shop).await?;

        let endings = Endings::read(&self.jetstream, begun).await?;
        let orders = fed.iter().map(|fed| (fed.at, endings.done(fed.order)));
        let (latency, last) = Endings::took(orders)?;
        let orders = u64::try_from(fed.len())?;
        ensure!(latency.count() == orders, "{} of {orders} sagas ended", latency.count());
        let otherwise = fed.iter().filter(|fed| endings.confirmed(fed.order).is_none() != fed.fails).count();
        ensure!(
            otherwise == 0,
            "{otherwise} of {orders} orders did not end as their mix wants, perhaps past their deadline"
        );
        let (Some(first), Some(last)) = (fed.first(), last) else { bail!("nothing was measured") };
        let seconds = (last - first.at).as_seconds_f64();

        let [from, to] = meters;
        let many = to.ended - from.ended;
        let cpu = each(&from.cpu, &to.cpu, many);
        let per_order = |from: i64, to: i64| (to - from) as f64 / many.max(1) as f64;
        Ok(Saga {
            orders,
            orders_per_s: orders as f64 / seconds,
            p50_ms: latency.p50_ms(),
            p99_ms: latency.p99_ms(),
            cpu_ms_per_order: (!cpu.is_empty()).then(|| cpu.values().sum()),
            cpu_ms_per_order_by_process: cpu,
            commits_per_order: per_order(from.written.transactions, to.written.transactions),
            fsyncs_per_order: per_order(from.written.fsyncs, to.written.fsyncs),
        })
    }

    /// As many sagas as `amount` says, measured by nobody.
    pub(super) async fn fill(&mut self, amount: Amount, mix: &Mix) -> Result<()> {
        self.run(amount, mix).await.map(|_| ())
    }

    /// Feeds orders until `amount` is reached, and waits for the last of them.
    async fn run(&mut self, amount: Amount, mix: &Mix) -> Result<(Vec<Fed>, [Meter; 2])> {
        let before = Counts::read(&self.jetstream).await?;
        let begun = Instant::now();
        let mut from = None;
        let mut to = None;
        let mut fed: Vec<Fed> = Vec::new();
        let (mut ended, mut moved_at) = (0, begun);
        let at_start = self.meter(0).await?;
        loop {
            let now_ended = Counts::read(&self.jetstream).await?.since(before);
            if now_ended > ended {
                (ended, moved_at) = (now_ended, Instant::now());
            }
            ensure!(moved_at.elapsed() < STALLED, "the saga stands still: {ended} of {} orders ended", fed.len());
            let committed = u64::try_from(fed.len())?;
            let target = if begun.elapsed() < amount.time { amount.orders } else { committed };
            let share = |share: f64| (target as f64 * share) as u64;
            if from.is_none() && ended >= share(FROM_SHARE) {
                from = Some(self.meter(ended).await?);
            }
            if to.is_none() && ended >= share(TO_SHARE) {
                to = Some(self.meter(ended).await?);
            }
            if committed >= target && ended >= committed {
                break;
            }
            let mut room = amount.window.saturating_sub(committed - ended).min(target - committed);
            let full = feed::BATCH.min(amount.window).min(target - committed);
            if room == 0 || room < full {
                sleep(LOOK).await;
                continue;
            }
            while room > 0 {
                let many = room.min(feed::BATCH);
                fed.extend(self.feeder.commit(many, mix).await?);
                room -= many;
            }
        }
        let at_end = self.meter(ended).await?;
        // Of so few that both shares were passed in one look, all count.
        let meters = match (from, to) {
            (Some(from), Some(to)) if from.ended < to.ended => [from, to],
            _ => [at_start, at_end],
        };
        Ok((fed, meters))
    }

    async fn meter(&mut self, ended: u64) -> Result<Meter> {
        let written = Written::read(&mut self.database).await?;
        Ok(Meter { ended, cpu: meters::cpu_ms(&self.processes), written })
    }
}
