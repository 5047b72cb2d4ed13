//! How soon a shop is there, and what its processes need.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use livemart_local::{Ports, Servers, Shop, ShopOptions, Supervised};
use reqwest::Method;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::results::{Memory, Start};
use super::scale::Scale;
use super::{meters, over_http};
use crate::api::expect_success;
use crate::load::{Bounds, Crowd, Gathering, Load, Mix, Pace, Patience};
use crate::private::PrivateShop;

/// Between two looks at something that takes milliseconds.
const LOOK: Duration = Duration::from_millis(2);
const READY_LIMIT: Duration = Duration::from_secs(60);
const CONFIRMED_LIMIT: Duration = Duration::from_secs(60);
/// After the start, until what it needed is given back.
const REST: Duration = Duration::from_secs(2);

/// Starts all services at once, and times them until each is ready and an order is confirmed.
pub(super) async fn start(servers: Servers, options: ShopOptions) -> Result<(PrivateShop, Start)> {
    // Their admin ports are chosen here: where they are is otherwise announced only once they are ready.
    let ports = Ports::free(options.services.len())?.redis;
    let names: Vec<String> = options.services.iter().map(|service| format!("{}-1", service.name)).collect();
    let options = names.iter().zip(&ports).fold(options, |options, (name, port)| {
        options.with_once(name, "LIVEMART_ADMIN_LISTEN", &format!("127.0.0.1:{port}"))
    });
    let begun = Instant::now();
    let services = Shop::spawn(&servers, &options).await?;
    let ready_ms = ready(services.instances(), &ports, begun).await?;
    let shop = PrivateShop::around(servers, services).await?;
    let found = begun.elapsed();
    let confirmed = first_order(&shop).await.context("place the first order")?;
    Ok((shop, Start { ready_ms, first_confirmed_ms: ms(found + confirmed) }))
}

async fn ready(instances: &[Supervised], ports: &[u16], begun: Instant) -> Result<BTreeMap<String, f64>> {
    let client = reqwest::Client::new();
    let mut ready = BTreeMap::new();
    while ready.len() < instances.len() {
        ensure!(begun.elapsed() < READY_LIMIT, "only {:?} are ready", ready.keys());
        for (instance, port) in instances.iter().zip(ports) {
            instance.expect_alive()?;
            if ready.contains_key(instance.name()) {
                continue;
            }
            let answer = client.get(format!("http://127.0.0.1:{port}/readyz")).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                ready.insert(instance.name().to_owned(), ms(begun.elapsed()));
            }
        }
        sleep(LOOK).await;
    }
    Ok(ready)
}

/// How long it takes to sign up, to offer something and to have it ordered and confirmed.
async fn first_order(shop: &PrivateShop) -> Result<Duration> {
    let begun = Instant::now();
    let gathering = Gathering { customers: 1, products: 1, pieces: 1 };
    let crowd = Crowd::gather(shop.addresses(), gathering).await?;
    let load = Load {
        pace: Pace::Closed { connections: 1 },
        bounds: Bounds { turns: 1, time: CONFIRMED_LIMIT },
        mix: Mix::paid(1),
        patience: Patience::Once,
    };
    let report = crowd.orders(&load).await?;
    let (Some(placed), Some(customer)) = (report.placed.first(), crowd.customers().first()) else {
        bail!("it was not taken: {:?}", report.refused);
    };
    let path = format!("/orders/{}", placed.order);
    loop {
        let answer = customer.request(Method::GET, &path).send().await?;
        let order: Value = expect_success(answer).await?.json().await?;
        if order["status"] == "confirmed" {
            return Ok(begun.elapsed());
        }
        ensure!(begun.elapsed() < CONFIRMED_LIMIT, "it is {order}");
        sleep(LOOK).await;
    }
}

/// Reads each process at rest, then lets customers order as fast as they can, and reads the most that each had.
pub(super) async fn memory(shop: &PrivateShop, scale: &Scale) -> Result<BTreeMap<String, Memory>> {
    let processes = meters::processes(shop);
    sleep(REST).await;
    let rest = meters::memory_mb(&processes);
    let crowd = super::crowd(shop, scale).await?;
    over_http::saturated(shop, &crowd, scale).await?;
    let after = meters::memory_mb(&processes);
    let memory = processes.iter().filter_map(|(name, pid)| {
        let (rest, after) = (*rest.get(name)?, *after.get(name)?);
        // The most is known of a single process; Postgres is many, and takes what it needs as it goes.
        let load = if name == "postgres" { after } else { meters::most_mb(*pid)? };
        Some((name.clone(), Memory { rest, load }))
    });
    Ok(memory.collect())
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
