//! The inventory in memory: its domain, and the reactions of `services/inventory/src/reactions` around it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use livemart_contracts::events::{
    PaymentAuthorized, PaymentRefunded, StockCommitted, StockFailed, StockReleased, StockReserved, StockStalled,
};
use livemart_contracts::ids::RefundId;
use livemart_contracts::{OrderId, ProductId, ReservationId};
use livemart_inventory::domain::movement::totals;
use livemart_inventory::domain::reservation::{authorized, cancelled, confirmed, failed, returned};
use livemart_inventory::domain::{
    Adjustment, Illegal, Kind, Level, Levels, Lines, Movement, Status, Transition, Unchanged,
};
use livemart_messaging::Decision;

use super::fact::Fact;
use super::orders::number;
use super::rule::Rule;
use super::step::{Step, Watch};
use super::time::{Moment, SECOND};

/// As the service's default.
const STALLED_AFTER: Moment = 120 * SECOND;
/// The longest pause between two questions, in doublings of the first.
const LONGEST_PAUSE: u32 = 5;
/// As the service does when a decision comes before its reservation.
const EARLY_PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone)]
pub struct Reservation {
    pub reservation_id: ReservationId,
    pub status: Status,
    pub lines: Lines,
    /// By refund.
    pub returned: BTreeMap<RefundId, Lines>,
    ask_at: Moment,
    asks: u32,
}

impl Reservation {
    fn new(reservation_id: ReservationId, status: Status, lines: Lines, ask_at: Moment) -> Self {
        Self { reservation_id, status, lines, returned: BTreeMap::new(), ask_at, asks: 0 }
    }

    /// What did not come back.
    pub fn gone(&self) -> Lines {
        self.returned.values().fold(self.lines.clone(), |gone, returned| gone.without(returned))
    }
}

#[derive(Debug, Clone, Default)]
pub struct Inventory {
    pub levels: BTreeMap<ProductId, Level>,
    pub reservations: BTreeMap<usize, Reservation>,
    pub movements: Vec<Movement>,
    /// What the staff added and took.
    pub adjusted: BTreeMap<ProductId, i64>,
    /// Orders that were over before their goods were asked for, tombstone or not.
    over: BTreeSet<usize>,
}

impl Inventory {
    pub fn adjust(&mut self, product: ProductId, delta: i64) {
        let level = self.levels.entry(product).or_default();
        let adjustment = Adjustment { delta, reason: "counted".to_owned() };
        if adjustment.check(*level).is_ok() {
            *level = level.after(adjustment.change()).unwrap_or(*level);
            *self.adjusted.entry(product).or_default() += delta;
        }
    }

    pub fn react(&mut self, step: &mut Step, fact: &Fact) -> Result<Decision, Illegal> {
        match fact {
            Fact::PaymentAuthorized(event) => Ok(self.reserve(step, event)),
            Fact::OrderConfirmed(event) => self.settle(step, event.order_id, confirmed),
            Fact::OrderFailed(event) => self.settle(step, event.order_id, failed),
            Fact::OrderCancelled(event) => self.settle(step, event.order_id, cancelled),
            Fact::PaymentRefunded(event) => Ok(self.take_back(step, event)),
            other => unreachable!("no reaction of the inventory reads {}", other.subject()),
        }
    }

    /// `services/inventory/src/watches/stalled_reservations.rs`.
    pub fn look_at_stalled(&mut self, step: &mut Step) {
        if !step.keeps(Rule::StalledAsks) {
            return;
        }
        for (number, reservation) in &mut self.reservations {
            if reservation.status == Status::Held && reservation.ask_at <= step.now {
                let order_id = super::orders::id(*number);
                step.emit(StockStalled { order_id, reservation_id: reservation.reservation_id });
                reservation.asks += 1;
                reservation.ask_at = step.now + (STALLED_AFTER << (reservation.asks - 1).min(LONGEST_PAUSE));
                step.looks.push((reservation.ask_at, Watch::StockStalled));
            }
        }
    }

    /// `on_payment_authorized.rs`.
    fn reserve(&mut self, step: &mut Step, event: &PaymentAuthorized) -> Decision {
        let order_id = event.order_id;
        let known = self.reservations.get(&number(order_id)).map(|reservation| reservation.status);
        if let Err(known) = authorized(known) {
            return unchanged(known);
        }
        if self.over.contains(&number(order_id)) {
            step.violations.push(format!("order {}: goods are set aside after its end", number(order_id)));
        }
        let reservation_id = step.new_id();
        let wanted: Lines = event.lines.iter().cloned().collect();
        let level = |product| (product, self.levels.get(&product).copied().unwrap_or_default());
        let mut levels: Levels = wanted.products().map(level).collect();
        let (status, lines) = match levels.reserve(&wanted) {
            Ok(()) => {
                self.post(step, order_id, Kind::Reserve, &wanted);
                let (lines, expires_at) = (wanted.to_vec(), event.expires_at);
                step.emit(StockReserved { order_id, reservation_id, lines, expires_at });
                (Status::Held, wanted)
            }
            Err(shortages) => {
                if !step.keeps(Rule::AllOrNothing) {
                    let enough = |line: &&livemart_contracts::events::Line| {
                        shortages.iter().all(|short| short.product_id != line.product_id)
                    };
                    let some: Lines = event.lines.iter().filter(enough).cloned().collect();
                    self.post(step, order_id, Kind::Reserve, &some);
                }
                step.emit(StockFailed { order_id, shortages });
                (Status::Refused, Lines::default())
            }
        };
        let ask_at = step.now + STALLED_AFTER;
        if status == Status::Held {
            step.looks.push((ask_at, Watch::StockStalled));
        }
        self.reservations.insert(number(order_id), Reservation::new(reservation_id, status, lines, ask_at));
        Decision::Applied
    }

    /// Of an order's goods, what left the stock and did not come back.
    pub fn gone(&self, order: usize) -> Lines {
        let committed = self.reservations.get(&order).filter(|reservation| reservation.status == Status::Committed);
        committed.map(Reservation::gone).unwrap_or_default()
    }

    /// `on_payment_refunded.rs`.
    fn take_back(&mut self, step: &mut Step, event: &PaymentRefunded) -> Decision {
        let (order_id, Some(refund_id)) = (event.order_id, event.refund_id) else {
            return Decision::ignored("no goods came back with the money");
        };
        let lines: Lines = event.restock.iter().cloned().collect();
        if lines == Lines::default() {
            return Decision::ignored("no goods came back with the money");
        }
        let known = self.reservations.get_mut(&number(order_id));
        if let Err(why) = returned(known.as_deref().map(|reservation| reservation.status)) {
            return unchanged(why);
        }
        let reservation = known.unwrap_or_else(|| unreachable!("what is not there has no goods that could come back"));
        if reservation.returned.contains_key(&refund_id) {
            return Decision::Duplicate;
        }
        if !reservation.gone().covers(&lines) {
            step.violations.push(format!("order {}: more came back of it than is gone", number(order_id)));
        }
        reservation.returned.insert(refund_id, lines.clone());
        let reservation_id = reservation.reservation_id;
        self.post(step, order_id, Kind::Restock, &lines);
        step.emit(StockReleased { order_id, reservation_id, lines: lines.to_vec(), refund_id: Some(refund_id) });
        Decision::Applied
    }

    /// `settling.rs`.
    fn settle(
        &mut self,
        step: &mut Step,
        order_id: OrderId,
        decide: fn(Option<Status>) -> Result<Transition, Illegal>,
    ) -> Result<Decision, Illegal> {
        let known = self.reservations.get(&number(order_id)).map(|reservation| reservation.status);
        match decide(known)? {
            Transition::Moved { kind, to } => {
                let Some(reservation) = self.reservations.get_mut(&number(order_id)) else {
                    unreachable!("what is not there has no goods to move")
                };
                reservation.status = to;
                let back = kind == Kind::Restock && step.keeps(Rule::ReturnedOnce);
                let goods = if back { reservation.gone() } else { reservation.lines.clone() };
                let reservation_id = reservation.reservation_id;
                let lines = goods.to_vec();
                self.post(step, order_id, kind, &goods);
                match kind {
                    Kind::Commit => step.emit(StockCommitted { order_id, reservation_id, lines }),
                    Kind::Release | Kind::Restock => {
                        step.emit(StockReleased { order_id, reservation_id, lines, refund_id: None });
                    }
                    Kind::Reserve | Kind::Adjustment => unreachable!("no decision about an order does this"),
                }
                Ok(Decision::Applied)
            }
            Transition::Tombstoned => {
                self.over.insert(number(order_id));
                if step.keeps(Rule::InventoryTombstone) {
                    let reservation_id = step.new_id();
                    let tombstone = Reservation::new(reservation_id, Status::Tombstone, Lines::default(), step.now);
                    self.reservations.insert(number(order_id), tombstone);
                }
                Ok(Decision::Applied)
            }
            Transition::Unchanged(why) => Ok(unchanged(why)),
        }
    }

    /// The conditional statement of `ledger.rs`: what it refuses there would never have been decided here.
    fn post(&mut self, step: &mut Step, order: OrderId, kind: Kind, lines: &Lines) {
        let movements: Vec<Movement> = Movement::of(order, kind, lines).collect();
        for (product, change) in totals(&movements) {
            let level = self.levels.entry(product).or_default();
            match level.after(change) {
                Some(after) => *level = after,
                None => step.violations.push(format!(
                    "order {}: {} of {change:?} where there are {level:?}",
                    number(order),
                    kind.as_str()
                )),
            }
        }
        self.movements.extend(movements);
    }
}

fn unchanged(why: Unchanged) -> Decision {
    match why {
        Unchanged::Duplicate => Decision::Duplicate,
        Unchanged::Early => Decision::NotYet(EARLY_PAUSE),
        Unchanged::Ignored(why) => Decision::ignored(why),
    }
}
