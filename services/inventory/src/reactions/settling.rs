//! What the three events that decide an order have in common: the goods of its reservation move, or a tombstone is set.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use livemart_contracts::events::{StockCommitted, StockReleased};
use livemart_contracts::{OrderId, ProductId};
use livemart_messaging::{Cause, Context, Decision, Failure};

use super::decided_meanwhile;
use crate::domain::{Illegal, Kind, Lines, Movement, Status, Transition, Unchanged};
use crate::ledger::{Ledger, Posting};
use crate::store::reservations::{self, Reservation};

/// Until an event is looked at again that came before what it follows from. Its cause was committed here before it could
/// happen at all, so this is for what nobody foresaw; the consumer's limit of attempts ends it after half a minute.
const EARLY_PAUSE: Duration = Duration::from_secs(2);

/// Applies decisions about orders, each of which `decide` judges by what is known of its goods.
pub(super) async fn settle(
    ledger: &Ledger,
    cx: &mut Context,
    events: impl Iterator<Item = (OrderId, Cause)> + Clone + Send,
    decide: fn(Option<Status>) -> Result<Transition, Illegal>,
) -> Result<Vec<Decision>, Failure> {
    let orders: Vec<OrderId> = events.clone().map(|(order_id, _)| order_id).collect();
    let known = reservations::lock_in(cx.tx(), &orders).await?;
    let mut step = Step { known, ..Step::default() };
    let decisions: Vec<Decision> = events
        .map(|(order_id, cause)| step.decide(cx, order_id, cause, decide))
        .collect::<Result<_, Illegal>>()
        .map_err(|illegal| Failure::Reject(illegal.to_string()))?;

    if !step.moved.is_empty() {
        let products: BTreeSet<ProductId> = step.postings.iter().map(|posting| posting.movement.product_id).collect();
        let stock = ledger.open(cx, products).await?;
        ledger.post(cx, stock, &step.postings).await?;
        reservations::set_status_in(cx.tx(), &step.moved, cx.now()).await?;
    }
    let (tombstones, now) = (step.tombstones.len(), cx.now());
    let inserted = reservations::insert_in(cx.tx(), step.tombstones, now, now).await?;
    if inserted < tombstones { Err(decided_meanwhile()) } else { Ok(decisions) }
}

/// A batch while it is decided, order by order.
#[derive(Default)]
struct Step {
    known: HashMap<OrderId, Reservation>,
    moved: Vec<(OrderId, Status)>,
    tombstones: Vec<Reservation>,
    postings: Vec<Posting>,
}

impl Step {
    fn decide(
        &mut self,
        cx: &mut Context,
        order_id: OrderId,
        cause: Cause,
        decide: fn(Option<Status>) -> Result<Transition, Illegal>,
    ) -> Result<Decision, Illegal> {
        let known = self.known.get_mut(&order_id);
        match (decide(known.as_deref().map(|reservation| reservation.status))?, known) {
            (Transition::Moved { kind, to }, Some(reservation)) => {
                // With refunds, some of them may be back already.
                let lines = if kind == Kind::Restock { reservation.gone() } else { reservation.lines.clone() };
                let movements = Movement::of(order_id, kind, &lines);
                self.postings.extend(movements.map(|movement| Posting { cause, movement }));
                self.moved.push((order_id, to));
                reservation.status = to;
                announce(cx, cause, reservation, kind, &lines);
                Ok(Decision::Applied)
            }
            (Transition::Tombstoned, _) => {
                let reservation_id = cx.new_id();
                let tombstone = Reservation::new(order_id, reservation_id, Status::Tombstone, Lines::default());
                self.tombstones.push(tombstone.clone());
                self.known.insert(order_id, tombstone);
                Ok(Decision::Applied)
            }
            (Transition::Unchanged(why), _) => Ok(unchanged(why)),
            (Transition::Moved { .. }, None) => unreachable!("what is not there has no goods to move"),
        }
    }
}

fn announce(cx: &mut Context, cause: Cause, reservation: &Reservation, kind: Kind, lines: &Lines) {
    let (order_id, reservation_id) = (reservation.order_id, reservation.reservation_id);
    let lines = lines.to_vec();
    match kind {
        Kind::Commit => cx.emit(cause, &StockCommitted { order_id, reservation_id, lines }),
        Kind::Release | Kind::Restock => {
            cx.emit(cause, &StockReleased { order_id, reservation_id, lines, refund_id: None });
        }
        Kind::Reserve | Kind::Adjustment => unreachable!("no decision about an order does this"),
    }
}

pub(super) fn unchanged(why: Unchanged) -> Decision {
    match why {
        Unchanged::Duplicate => Decision::Duplicate,
        Unchanged::Early => Decision::NotYet(EARLY_PAUSE),
        Unchanged::Ignored(why) => Decision::ignored(why),
    }
}
