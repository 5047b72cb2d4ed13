//! The sums, over random batches of a small shop: duplicates, reorderings and ends at any moment included.

use std::collections::BTreeMap;

use livemart_contracts::events::Line;
use livemart_contracts::{OrderId, ProductId};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use super::movement::totals;
use super::reservation::{authorized, cancelled, confirmed, failed};
use super::{Adjustment, Illegal, Kind, Level, Levels, Lines, Movement, Status, Transition};

/// Shops tried, each with its own seed.
const SHOPS: u64 = 200;
const BATCHES: usize = 60;
const LARGEST_BATCH: usize = 12;
/// Few of each, so that orders compete for products and events for orders.
const PRODUCTS: u128 = 3;
const ORDERS: u128 = 20;

struct Order {
    lines: Lines,
    status: Option<Status>,
    /// What the order service decided: it never both confirms and fails an order, nor confirms one that was refused.
    confirmed: bool,
    failed: bool,
}

struct Shop {
    random: StdRng,
    levels: BTreeMap<ProductId, Level>,
    orders: BTreeMap<OrderId, Order>,
    adjusted: BTreeMap<ProductId, i64>,
    ledger: Vec<Movement>,
}

impl Shop {
    fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let products: Vec<ProductId> = (0..PRODUCTS).map(|number| Uuid::from_u128(number).into()).collect();
        let order = |random: &mut StdRng| {
            let lines = (0..random.random_range(1..=4)).map(|_| Line {
                product_id: products[random.random_range(0..products.len())],
                quantity: random.random_range(0..=3),
            });
            Order { lines: lines.collect(), status: None, confirmed: false, failed: false }
        };
        let orders = (0..ORDERS).map(|number| (Uuid::from_u128(number).into(), order(&mut random))).collect();
        let levels = products.into_iter().map(|product| (product, Level::default())).collect();
        Self { random, levels, orders, adjusted: BTreeMap::new(), ledger: Vec::new() }
    }

    fn some_orders(&mut self) -> Vec<OrderId> {
        let ids: Vec<OrderId> = self.orders.keys().copied().collect();
        let size = self.random.random_range(1..=LARGEST_BATCH);
        (0..size).map(|_| ids[self.random.random_range(0..ids.len())]).collect()
    }

    /// Applies what a batch decided as the database does: all of it in one step, or nothing.
    fn post(&mut self, movements: Vec<Movement>) {
        for (product, change) in totals(&movements) {
            let level = self.levels.get_mut(&product).expect("a product of the shop");
            *level = level.after(change).expect("a batch asks for nothing that is not there");
        }
        self.ledger.extend(movements);
    }

    fn reserve(&mut self) {
        let mut levels: Levels = self.levels.iter().map(|(product, level)| (*product, *level)).collect();
        let mut movements = Vec::new();
        for id in self.some_orders() {
            let order = self.orders.get_mut(&id).expect("an order of the shop");
            if authorized(order.status).is_err() {
                continue;
            }
            order.status = Some(match levels.reserve(&order.lines) {
                Ok(()) => {
                    movements.extend(Movement::of(id, Kind::Reserve, &order.lines));
                    Status::Held
                }
                Err(_) => Status::Refused,
            });
        }
        self.post(movements);
    }

    fn settle(&mut self, decide: fn(Option<Status>) -> Result<Transition, Illegal>, may: fn(&mut Order) -> bool) {
        let mut movements = Vec::new();
        for id in self.some_orders() {
            let order = self.orders.get_mut(&id).expect("an order of the shop");
            if !may(order) {
                continue;
            }
            match decide(order.status).expect("the order service decides once") {
                Transition::Moved { kind, to } => {
                    movements.extend(Movement::of(id, kind, &order.lines));
                    order.status = Some(to);
                }
                Transition::Tombstoned => order.status = Some(Status::Tombstone),
                Transition::Unchanged(_) => {}
            }
        }
        self.post(movements);
    }

    fn adjust(&mut self) {
        for (product, level) in &mut self.levels {
            let adjustment = Adjustment { delta: self.random.random_range(-6..=8), reason: "counted".to_owned() };
            if adjustment.check(*level).is_ok() {
                *level = level.after(adjustment.change()).expect("it was checked");
                *self.adjusted.entry(*product).or_default() += adjustment.delta;
            }
        }
    }

    fn batch(&mut self) {
        match self.random.random_range(0..5) {
            0 => self.reserve(),
            1 => self.settle(confirmed, |order| {
                order.confirmed |= !order.failed && order.status == Some(Status::Held);
                order.confirmed
            }),
            2 => self.settle(failed, |order| {
                order.failed |= !order.confirmed;
                order.failed
            }),
            3 => self.settle(cancelled, |order| {
                order.failed |= !order.confirmed;
                true
            }),
            _ => self.adjust(),
        }
    }

    fn check(&self) {
        let moved = totals(&self.ledger);
        for (product, level) in &self.levels {
            assert!(0 <= level.reserved && level.reserved <= level.on_hand, "{level:?}");

            let moved = moved.get(product).copied().unwrap_or_default();
            let adjusted = self.adjusted.get(product).copied().unwrap_or_default();
            let summed = Level { on_hand: moved.on_hand + adjusted, reserved: moved.reserved };
            assert_eq!(summed, *level, "the ledger adds up to the level");

            let of = |status| {
                let orders = self.orders.values().filter(move |order| order.status == Some(status));
                let lines = orders.flat_map(|order| order.lines.iter());
                lines.filter(|(of, _)| of == product).map(|(_, quantity)| i64::from(quantity)).sum::<i64>()
            };
            assert_eq!(level.reserved, of(Status::Held), "what is reserved is what orders hold");
            assert_eq!(adjusted - level.on_hand, of(Status::Committed), "what is gone is what orders took");
        }
    }
}

#[test]
fn whatever_the_batches_hold_the_sums_are_right_after_each_of_them() {
    for seed in 0..SHOPS {
        let mut shop = Shop::new(seed);
        for batch in 0..BATCHES {
            let step = std::panic::AssertUnwindSafe(|| {
                shop.batch();
                shop.check();
            });
            if let Err(panic) = std::panic::catch_unwind(step) {
                eprintln!("seed {seed}, batch {batch}");
                std::panic::resume_unwind(panic);
            }
        }
    }
}

#[test]
fn random_batches_reach_every_status() {
    let mut seen = Vec::new();
    for seed in 0..SHOPS {
        let mut shop = Shop::new(seed);
        (0..BATCHES).for_each(|_| shop.batch());
        seen.extend(shop.orders.values().filter_map(|order| order.status));
    }
    for status in Status::ALL {
        assert!(seen.contains(&status), "{status:?} never happened");
    }
}
