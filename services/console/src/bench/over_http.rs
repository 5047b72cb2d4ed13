//! Orders as customers place them: through the gateway, with tokens, idempotency keys and validation.

use anyhow::{Result, ensure};
use async_nats::jetstream;
use livemart_contracts::Clock;

use super::endings::Endings;
use super::meters::{self, each};
use super::results::{Http, OpenLoop};
use super::scale::Scale;
use super::settle;
use crate::load::{Bounds, Crowd, Load, Mix, Pace, Patience, Report};
use crate::private::PrivateShop;

/// Products in an order.
pub(super) const LINES: usize = 2;
/// Requests in the air at once where they come by the clock: beyond it the next ones wait, and their time counts.
const AT_ONCE: usize = 4_096;

/// What came of a load, and how the sagas ended that it began.
struct Outcome {
    report: Report,
    endings: Endings,
}

async fn load(shop: &PrivateShop, crowd: &Crowd, pace: Pace, bounds: Bounds) -> Result<Outcome> {
    let begun = Clock::default().now();
    let load = Load { pace, bounds, mix: Mix::paid(LINES), patience: Patience::Once };
    let report = crowd.orders(&load).await?;
    settle::is_quiet(shop).await?;
    let jetstream = jetstream::new(shop.services().discovery().client().clone());
    Ok(Outcome { report, endings: Endings::read(&jetstream, begun).await? })
}

/// Customers who order again as soon as they have their answer.
pub(super) async fn saturated(shop: &PrivateShop, crowd: &Crowd, scale: &Scale) -> Result<Http> {
    let pace = Pace::Closed { connections: scale.connections };
    let warm_up = Bounds { turns: scale.warm_up, time: scale.http.time };
    load(shop, crowd, pace, warm_up).await?;

    let processes = meters::processes(shop);
    let before = meters::cpu_ms(&processes);
    let begun = Clock::default().now();
    let Outcome { report, endings } = load(shop, crowd, pace, scale.http).await?;
    let after = meters::cpu_ms(&processes);

    let orders = u64::try_from(report.placed.len())?;
    ensure!(orders > 0, "no order was taken: {:?}", report.refused);
    let confirmed = report.confirmable().map(|placed| (placed.at, endings.confirmed(placed.order)));
    let (confirmed, _) = Endings::took(confirmed)?;
    let done = report.placed.iter().map(|placed| (placed.at, endings.done(placed.order)));
    let (done, last) = Endings::took(done)?;
    ensure!(done.count() == orders, "{} of {orders} sagas ended", done.count());
    let seconds = last.map_or(0.0, |last| (last - begun).as_seconds_f64());
    let cpu = each(&before, &after, orders);
    Ok(Http {
        connections: scale.connections,
        orders,
        refused: report.refusals(),
        orders_per_s: orders as f64 / seconds,
        accepted_per_s: report.per_second(),
        p50_ms: report.latency.p50_ms(),
        p99_ms: report.latency.p99_ms(),
        confirmed_p50_ms: confirmed.p50_ms(),
        confirmed_p99_ms: confirmed.p99_ms(),
        cpu_ms_per_order: (!cpu.is_empty()).then(|| cpu.values().sum()),
        cpu_ms_per_order_by_process: cpu,
    })
}

/// Orders that come by the clock, whatever became of those before.
pub(super) async fn at_rate(shop: &PrivateShop, crowd: &Crowd, rate: f64, scale: &Scale) -> Result<OpenLoop> {
    let pace = Pace::Open { per_second: rate, at_once: AT_ONCE };
    let bounds = Bounds { turns: u64::MAX, time: scale.rate_time };
    let Outcome { report, endings } = load(shop, crowd, pace, bounds).await?;
    let confirmed = report.confirmable().map(|placed| (placed.at, endings.confirmed(placed.order)));
    let (confirmed, _) = Endings::took(confirmed)?;
    let orders = u64::try_from(report.confirmable().count())?;
    Ok(OpenLoop {
        rate,
        orders,
        // One that was taken and then waited past its deadline was not served either.
        refused: report.refusals() + (orders - confirmed.count()),
        p50_ms: confirmed.p50_ms(),
        p99_ms: confirmed.p99_ms(),
        answer_p50_ms: report.latency.p50_ms(),
        answer_p99_ms: report.latency.p99_ms(),
    })
}
