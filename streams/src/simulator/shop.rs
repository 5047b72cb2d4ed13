//! One simulated shop: a few products, a few orders that compete for them, and everything that is going to happen.
//!
//! The agenda is the only source of what comes next, and the seed the only source of chance, so a seed is a schedule. When
//! nothing is left on the agenda the shop is at rest; one that asks and asks without an end never gets there.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::rc::Rc;

use livemart_contracts::events::Line;
use livemart_contracts::money::Currency;
use livemart_contracts::{Money, ProductId};
use livemart_order::domain::NewOrder;
use livemart_order::domain::placing::{Offer, OrderedLine};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use super::bus::{Message, Queue, durables};
use super::fact::Fact;
use super::inventory::Inventory;
use super::log::log;
use super::orders::Orders;
use super::payments::Payments;
use super::provider::{METHODS, Provider};
use super::rule::Rule;
use super::step::{Step, Watch};
use super::tally::Tally;
use super::tasks::{InAir, Task};
use super::time::{Moment, SECOND};
use super::weather::Weather;

/// Few of each, so that orders compete for products and events for orders.
const MOST_PRODUCTS: usize = 4;
const ORDERS: std::ops::RangeInclusive<usize> = 4..=16;
/// Refunds of one order that the staff asks for.
const MOST_REFUNDS: usize = 3;
/// Orders arrive within this time.
const OPEN_FOR: Moment = 20 * SECOND;
/// Things that may happen for each order before the shop counts as restless. The worst weather takes a sixth of it.
const TURNS_PER_ORDER: u64 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Action {
    Place(usize),
    Cancel(usize),
    Ship(usize),
    Refund(usize),
    Adjust(usize, i64),
    Publish(usize),
    Arrive(usize, usize, u32),
    Consume(usize),
    Look(Watch),
    Perform(usize),
    /// A call reaches the provider after nobody waits for its answer any more.
    ReachLate(usize),
    Record(usize),
}

/// A row of an outbox; its place is its event id.
#[derive(Debug, Clone)]
pub(super) struct Announced {
    pub fact: Rc<Fact>,
    /// The same fact as another row, under an id of its own.
    pub again: bool,
    pub in_stream: bool,
}

pub struct Shop {
    pub(super) random: StdRng,
    pub(super) weather: Weather,
    pub(super) broken: Option<Rule>,
    pub(super) now: Moment,
    agenda: BinaryHeap<Reverse<(Moment, u64, Action)>>,
    scheduled: u64,
    ids: u64,
    plans: Vec<NewOrder>,
    pub(super) stocked: Vec<(ProductId, i64)>,
    pub(super) orders: Orders,
    pub(super) payments: Payments,
    pub(super) inventory: Inventory,
    pub(super) provider: Provider,
    pub(super) outbox: Vec<Announced>,
    pub(super) queues: Vec<Queue>,
    pub(super) tasks: Vec<Task>,
    pub(super) asked: BTreeSet<String>,
    pub(super) in_air: Vec<InAir>,
    pub(super) violations: Vec<String>,
    pub(super) log: Option<Vec<String>>,
    pub(super) tally: Tally,
}

impl Shop {
    pub fn open(seed: u64, broken: Option<Rule>, keep_log: bool) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let weather = Weather::draw(&mut random);
        let mut shop = Self {
            random,
            weather,
            broken,
            now: 0,
            agenda: BinaryHeap::new(),
            scheduled: 0,
            // Ids of orders are their numbers; all others come after.
            ids: 1 << 32,
            plans: Vec::new(),
            stocked: Vec::new(),
            orders: Orders::default(),
            payments: Payments::default(),
            inventory: Inventory::default(),
            provider: Provider::default(),
            outbox: Vec::new(),
            queues: durables().iter().map(|_| Queue::default()).collect(),
            tasks: Vec::new(),
            asked: BTreeSet::new(),
            in_air: Vec::new(),
            violations: Vec::new(),
            log: keep_log.then(Vec::new),
            tally: Tally::default(),
        };
        shop.stock_up();
        shop.plan_orders();
        shop
    }

    fn stock_up(&mut self) {
        for number in 0..self.random.random_range(1..=MOST_PRODUCTS) {
            let product: ProductId = Uuid::from_u128(number as u128).into();
            let price = Money::new(1_000 * self.random.random_range(1..=50), Currency::KRW);
            self.orders.catalogue.insert(product, Offer::Sold(price));
            let on_hand = self.random.random_range(0..=20);
            self.inventory.adjust(product, on_hand);
            self.stocked.push((product, on_hand));
            log!(self, "product {number} costs {}, {on_hand} are on hand", price.amount);
            let delta = self.random.random_range(-8..=12);
            let at = self.random.random_range(0..OPEN_FOR);
            self.schedule(at, Action::Adjust(number, delta));
        }
    }

    fn plan_orders(&mut self) {
        for number in 0..self.random.random_range(ORDERS) {
            let (wanted, products) = (self.random.random_range(1..=3), self.stocked.len());
            let first = self.random.random_range(0..products);
            let lines = (0..wanted.min(products)).map(|next| OrderedLine {
                product_id: self.stocked[(first + next) % products].0,
                quantity: self.random.random_range(1..=4),
            });
            let lines = lines.collect();
            let payment_method = METHODS[self.random.random_range(0..METHODS.len())].to_owned();
            self.plans.push(NewOrder { lines, payment_method, shipping_address: None });
            let at = self.random.random_range(0..OPEN_FOR);
            self.schedule(at, Action::Place(number));
        }
    }

    /// Lets everything happen.
    pub fn run(&mut self) {
        let limit = TURNS_PER_ORDER * self.plans.len() as u64;
        while let Some(Reverse((at, _, action))) = self.agenda.pop() {
            self.now = at;
            self.tally.turns += 1;
            if self.tally.turns > limit {
                self.violate(format!(
                    "the shop does not come to rest: after {} h it still asks",
                    at / (3_600 * SECOND)
                ));
                return;
            }
            self.act(action);
        }
        log!(self, "nothing is left to happen");
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Place(plan) => self.place(plan),
            Action::Cancel(order) => {
                let mut step = self.step();
                let decision = self.orders.cancel(&mut step, order);
                log!(self, "the customer cancels order {order}: {}", decision.name());
                self.commit(step, false);
            }
            Action::Ship(order) => {
                let decision = self.orders.ship(order);
                log!(self, "the staff ships order {order}: {}", decision.name());
            }
            Action::Refund(order) => self.refund(order),
            Action::Adjust(product, delta) => {
                log!(self, "the staff counts product {product}: {delta:+}");
                self.inventory.adjust(self.stocked[product].0, delta);
            }
            Action::Publish(event) => self.publish(event),
            Action::Arrive(durable, event, delivered) => self.arrive(durable, Message { event, delivered }),
            Action::Consume(durable) => self.consume(durable),
            Action::Look(watch) => {
                let mut step = self.step();
                match watch {
                    Watch::OrderDeadline => self.orders.look_at_deadlines(&mut step),
                    Watch::PaymentStalled => self.payments.look_at_stalled(&mut step),
                    Watch::StockStalled => self.inventory.look_at_stalled(&mut step),
                }
                if !step.facts.is_empty() {
                    log!(self, "{watch:?} looks");
                }
                self.commit(step, false);
            }
            Action::Perform(task) => self.perform(task),
            Action::ReachLate(task) => self.reach_late(task),
            Action::Record(call) => self.record(call),
        }
    }

    fn place(&mut self, plan: usize) {
        let number = self.orders.rows().len();
        let mut step = self.step();
        self.orders.place(&mut step, &self.plans[plan]);
        let wants = self.plans[plan].lines.iter().map(|line| (line.product_id.uuid().as_u128(), line.quantity));
        log!(
            self,
            "order {number} is placed: {}, paid with {}",
            wants.map(|(product, pieces)| format!("{pieces} of product {product}")).collect::<Vec<_>>().join(", "),
            self.plans[plan].payment_method
        );
        self.commit(step, false);
        if self.chance(self.weather.cancel) {
            // Most changes of mind fall into the saga, some come long after it.
            let longest = [50, SECOND, 10 * SECOND, 200 * SECOND][self.random.random_range(0..4)];
            let after = self.random.random_range(0..longest);
            self.schedule(self.now + after, Action::Cancel(number));
        }
        if self.chance(0.2) {
            let after = self.random.random_range(0..100 * SECOND);
            self.schedule(self.now + after, Action::Ship(number));
        }
        // Several may be under way at once.
        for _ in 0..MOST_REFUNDS {
            if self.chance(self.weather.refund) {
                let after = self.random.random_range(0..200 * SECOND);
                self.schedule(self.now + after, Action::Refund(number));
            }
        }
    }

    /// The staff gives back a part or all that is left, and notes goods that came back: of those that are gone.
    fn refund(&mut self, order: usize) {
        let gone = self.inventory.gone(order);
        let restock: Vec<Line> = gone
            .iter()
            .map(|(product_id, quantity)| Line { product_id, quantity: self.random.random_range(0..=quantity) })
            .filter(|line| line.quantity > 0)
            .collect();
        let amount = if self.chance(0.3) { None } else { Some(1_000 * self.random.random_range(1..=60)) };
        let mut step = self.step();
        match self.payments.refund(&mut step, order, amount, restock.clone()) {
            Ok(amount) => {
                let pieces: u32 = restock.iter().map(|line| line.quantity).sum();
                log!(self, "the staff gives {} of order {order} back, and {pieces} pieces came back", amount.amount);
                self.commit(step, false);
            }
            Err(why) => log!(self, "the staff can give back nothing of order {order}: {why}"),
        }
    }

    pub(super) fn step(&self) -> Step {
        Step::new(self.now, self.ids, self.broken)
    }

    /// Makes a step's results lasting: its events wait for their relay, its calls for their worker. A process that `dies`
    /// right after its commit leaves them to the next one.
    pub(super) fn commit(&mut self, step: Step, dies: bool) {
        self.ids = step.ids();
        for violation in step.violations {
            self.violate(violation);
        }
        for fact in step.facts {
            self.announce(fact, dies);
        }
        for request in step.asks {
            let key = request.key();
            if self.asked.insert(key.clone()) {
                log!(self, "    asks for {} of order {}", request.call.kind(), request.order);
                self.tasks.push(Task { request, key, attempts: 0, due_at: self.now, done: false });
                let delay = self.delay();
                self.schedule(self.now + delay, Action::Perform(self.tasks.len() - 1));
            }
        }
        for (at, watch) in step.looks {
            // A watch looks once a second.
            let tick = self.random.random_range(0..SECOND);
            self.schedule(at.max(self.now) + tick, Action::Look(watch));
        }
    }

    pub(super) fn schedule(&mut self, at: Moment, action: Action) {
        self.scheduled += 1;
        self.agenda.push(Reverse((at, self.scheduled, action)));
    }

    pub(super) fn chance(&mut self, rate: f64) -> bool {
        rate > 0.0 && self.random.random_bool(rate)
    }

    /// How long something takes that usually takes no time.
    pub(super) fn delay(&mut self) -> Moment {
        if self.chance(self.weather.late) {
            self.random.random_range(SECOND..150 * SECOND)
        } else {
            self.random.random_range(1..40)
        }
    }

    /// Notes what must never happen, once.
    pub(super) fn violate(&mut self, what: String) {
        log!(self, "VIOLATION: {what}");
        if !self.violations.contains(&what) {
            self.violations.push(what);
        }
    }

    pub(super) fn keeps(&self, rule: Rule) -> bool {
        self.broken != Some(rule)
    }
}
