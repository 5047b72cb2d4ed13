//! Fault drills: a private shop, orders that keep coming, one fault, and then the proof that every cent and every piece is
//! where it belongs.
//!
//! A [`Drill`] is a line of [`DRILLS`]: what is set up differently, and the fault, one function in [`faults`]. Around it the
//! same happens every time ([`perform`]): customers order all the while, then the shop has to come to rest within a limit,
//! with no rule broken at any moment, and in the end the audit of `livemart audit` has to be clean.

mod faults;
mod proxy;
mod quiet;
mod scene;

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Context as _, Result};
use futures::future::LocalBoxFuture;
use livemart_audit::Violation;
use serde::Serialize;
use tokio::time::Instant;

use crate::load::{Bounds, Goods, Load, Mix, Pace, Patience, Placed};
use crate::repository::Repository;
use faults::{broker, network, provider, services, stores};
use scene::{Scene, Setup};

/// Orders a second while the fault strikes: enough that every step is always under way somewhere, on two cores that the
/// faults need as well.
const ORDERS_PER_SECOND: f64 = 25.0;
/// Orders in the air; more come when the shop answers again.
const ORDERS_AT_ONCE: usize = 200;
/// One round of orders; whether the fault is over is asked between two rounds.
const ROUND: Duration = Duration::from_secs(1);
/// How long customers send an order again that was not answered: longer than any fault lasts.
const CUSTOMERS_INSIST: Duration = Duration::from_secs(90);

type Strike = for<'a> fn(&'a Scene) -> LocalBoxFuture<'a, Result<Vec<String>>>;

/// One fault, and what becomes of it.
pub(crate) struct Drill {
    pub(crate) name: &'static str,
    pub(crate) does: &'static str,
    setup: fn(Setup) -> Setup,
    /// Does it, undoes it, and says what was seen.
    strike: Strike,
    /// What the fault itself leaves behind for good.
    leaves: fn(&Violation) -> bool,
}

const PLAIN: fn(Setup) -> Setup = |setup| setup;
const NOTHING: fn(&Violation) -> bool = |_| false;

/// A drill that needs nothing special and leaves nothing.
const fn drill(name: &'static str, does: &'static str, strike: Strike) -> Drill {
    Drill { name, does, setup: PLAIN, strike, leaves: NOTHING }
}

/// All of them, in the order in which `livemart drill all` runs them.
pub(crate) const DRILLS: &[Drill] = &[
    drill("crash-points", "every service is killed at every point of its steps at which that matters", |scene| {
        Box::pin(services::die_at_every_point(scene))
    }),
    drill("kill-services", "every service is killed with kill -9, twice", |scene| {
        Box::pin(services::are_killed(scene))
    }),
    Drill {
        setup: |setup| setup.replicas(2),
        ..drill("freeze", "one replica of each service stands still for longer than its messages wait", |scene| {
            Box::pin(services::freeze(scene))
        })
    },
    Drill {
        setup: |setup| setup.clock("payment", 600).clock("inventory", 600),
        ..drill("clock", "the clocks of payment and inventory are ten minutes ahead", |scene| {
            Box::pin(services::disagree_about_the_time(scene))
        })
    },
    drill("kill-nats", "NATS is killed with kill -9, three times", |scene| Box::pin(broker::is_killed(scene))),
    Drill {
        setup: Setup::nats_cluster,
        ..drill(
            "kill-nats-of-three",
            "of three NATS servers, each is killed with kill -9 and away for a while",
            |scene| Box::pin(broker::loses_one_of_three(scene)),
        )
    },
    drill("lose-nats-store", "everything that NATS has stored is deleted", |scene| {
        Box::pin(broker::loses_its_store(scene))
    }),
    Drill {
        setup: Setup::small_disk,
        ..drill(
            "nats-disk-full",
            "the disk under NATS is full for a while (needs root: it mounts a small one)",
            |scene| Box::pin(broker::has_no_room(scene)),
        )
    },
    drill("kill-postgres", "Postgres is killed with kill -9, three times", |scene| {
        Box::pin(stores::postgres_is_killed(scene))
    }),
    Drill {
        setup: |setup| setup.replicas(2).goods(Goods::Hot),
        ..drill("redis", "Redis forgets all locks again and again, then stops and comes back", |scene| {
            Box::pin(stores::redis_forgets_and_stops(scene))
        })
    },
    Drill {
        setup: |setup| setup.replicas(2).goods(Goods::Hot),
        ..drill("two-lock-holders", "every lock is taken from its holder and given to somebody else", |scene| {
            Box::pin(stores::locks_have_two_holders(scene))
        })
    },
    drill("deliver-again", "every message of every stream is delivered again, old ones after new ones", |scene| {
        Box::pin(broker::delivers_everything_again(scene))
    }),
    Drill {
        leaves: broker::is_the_poison,
        ..drill("poison", "messages that nobody can read are in the middle of the others", |scene| {
            Box::pin(broker::has_poison(scene))
        })
    },
    Drill {
        setup: |setup| {
            setup.methods(&[("pm_card_visa", 2), ("pm_card_timeout", 5), ("pm_card_slow", 1), ("pm_card_flaky", 2)])
        },
        ..drill("silent-provider", "the payment provider holds the money and does not say so", |scene| {
            Box::pin(provider::is_silent(scene))
        })
    },
    Drill {
        setup: Setup::proxied,
        ..drill("network", "the way to NATS is cut, then swallows everything", |scene| Box::pin(network::fails(scene)))
    },
];

/// What came of a drill. `--json` prints it; programs rely on every name in it.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) drill: &'static str,
    /// Placed while the fault struck.
    pub(crate) orders: usize,
    pub(crate) confirmed: usize,
    pub(crate) failed: usize,
    pub(crate) cancelled: usize,
    /// From the end of the fault until nothing was under way any more.
    pub(crate) quiet_after_seconds: f64,
    pub(crate) seen: Vec<String>,
    pub(crate) violations: Vec<Violation>,
}

impl Outcome {
    pub(crate) fn is_passed(&self) -> bool {
        self.violations.is_empty()
    }
}

/// Performs `drill` in a shop of its own. An error says what kept it from being performed, or from coming to rest.
pub(crate) async fn perform(drill: &Drill, repository: Repository, seed: u64) -> Result<Outcome> {
    let scene = Scene::open(repository, (drill.setup)(Setup::of(Mix::motley(seed))?)).await?;
    let struck = Cell::new(false);
    let fault = async {
        let seen = (drill.strike)(&scene).await;
        struck.set(true);
        seen
    };
    let (seen, placed) = tokio::join!(fault, orders_until(&scene, &struck));
    let (mut seen, placed) = (seen.context("the fault could not be made")?, placed?);
    let healed = Instant::now();
    let books = quiet::comes(&scene, &placed, drill.leaves).await?;
    let violations = quiet::audited(&scene, drill.leaves).await?;
    let quiet_after = healed.elapsed();
    let ended = |status: &[&str]| {
        placed
            .iter()
            .filter(|placed| {
                books.orders.get(&placed.order).is_some_and(|order| status.contains(&order.status.as_str()))
            })
            .count()
    };
    let deaths = scene.deaths();
    if deaths > 0 {
        seen.push(format!("{deaths} processes died and were started again"));
    }
    let outcome = Outcome {
        drill: drill.name,
        orders: placed.len(),
        confirmed: ended(&["confirmed", "shipped", "delivered"]),
        failed: ended(&["failed"]),
        cancelled: ended(&["cancelled"]),
        quiet_after_seconds: (quiet_after.as_secs_f64() * 10.0).round() / 10.0,
        seen,
        violations,
    };
    scene.close().await?;
    Ok(outcome)
}

/// Customers order until the fault has struck, and once more after that.
async fn orders_until(scene: &Scene, struck: &Cell<bool>) -> Result<Vec<Placed>> {
    let mut placed = Vec::new();
    for round in 0.. {
        let last = struck.get();
        let mix = Mix { seed: scene.mix().seed.wrapping_add(round), ..scene.mix().clone() };
        let load = Load {
            pace: Pace::Open { per_second: ORDERS_PER_SECOND, at_once: ORDERS_AT_ONCE },
            bounds: Bounds { turns: u64::MAX, time: ROUND },
            mix,
            patience: Patience::Insists(CUSTOMERS_INSIST),
        };
        placed.extend(scene.crowd().orders(&load).await?.placed);
        if last {
            break;
        }
    }
    Ok(placed)
}
