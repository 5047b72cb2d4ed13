//! Trigger: `payment.authorized`, the order's money is held.
//! Effect: all goods of the order are set aside, or none of them.
//! Emits: `stock.reserved` or `stock.failed`; `stock.low` where a product runs low.
//! Undone by: `order.failed` and `order.cancelled`; if one of them was here first, its tombstone makes this do nothing.
//!
//! An order past its deadline is reserved for all the same. Whether it is too late is the order service's to say, by its
//! own clock: if it is, `order.failed` follows and frees the goods; a second opinion here could only contradict it.

use std::collections::{BTreeSet, HashMap};

use livemart_contracts::events::{PaymentAuthorized, StockFailed, StockReserved};
use livemart_contracts::{OrderId, ProductId};
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};
use livemart_runtime::Live;

use super::decided_meanwhile;
use super::settling::unchanged;
use crate::config::Settings;
use crate::domain::reservation::authorized;
use crate::domain::{Kind, Levels, Lines, Movement, Status};
use crate::ledger::{Ledger, Posting};
use crate::store::reservations::{self, Reservation};

pub struct OnPaymentAuthorized {
    pub ledger: Ledger,
    pub settings: Live<Settings>,
}

impl Reaction for OnPaymentAuthorized {
    type Event = PaymentAuthorized;
    const DURABLE: &'static str = "inventory-payment-authorized";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<PaymentAuthorized>]) -> Result<Vec<Decision>, Failure> {
        let orders: Vec<OrderId> = batch.iter().map(|authorized| authorized.order_id).collect();
        let known = reservations::statuses_in(cx.tx(), &orders).await?;
        let new = batch.iter().filter(|event| !known.contains_key(&event.order_id));
        let products: BTreeSet<ProductId> = new.flat_map(|event| &event.lines).map(|line| line.product_id).collect();
        let stock = self.ledger.open(cx, products).await?;

        let mut step = Step { known, levels: stock.levels(), decided: Vec::new(), postings: Vec::new() };
        let decisions = batch.iter().map(|event| step.decide(cx, event)).collect();

        self.ledger.post(cx, stock, &step.postings).await?;
        let (decided, now) = (step.decided.len(), cx.now());
        let inserted =
            reservations::insert_in(cx.tx(), step.decided, now + self.settings.get().stalled_after(), now).await?;
        if inserted < decided { Err(decided_meanwhile()) } else { Ok(decisions) }
    }
}

/// A batch while it is decided, order by order.
struct Step {
    known: HashMap<OrderId, Status>,
    levels: Levels,
    decided: Vec<Reservation>,
    postings: Vec<Posting>,
}

impl Step {
    fn decide(&mut self, cx: &mut Context, event: &Delivered<PaymentAuthorized>) -> Decision {
        let order_id = event.order_id;
        if let Err(known) = authorized(self.known.get(&order_id).copied()) {
            return unchanged(known);
        }
        let reservation_id = cx.new_id();
        let wanted: Lines = event.lines.iter().cloned().collect();
        let (status, lines) = match self.levels.reserve(&wanted) {
            Ok(()) => {
                let movements = Movement::of(order_id, Kind::Reserve, &wanted);
                self.postings.extend(movements.map(|movement| Posting { cause: event.into(), movement }));
                let (lines, expires_at) = (wanted.to_vec(), event.expires_at);
                cx.emit(event, &StockReserved { order_id, reservation_id, lines, expires_at });
                (Status::Held, wanted)
            }
            Err(shortages) => {
                cx.emit(event, &StockFailed { order_id, shortages });
                (Status::Refused, Lines::default())
            }
        };
        self.known.insert(order_id, status);
        self.decided.push(Reservation::new(order_id, reservation_id, status, lines));
        Decision::Applied
    }
}
