//! Trigger: `payment.refunded`, where the staff said which goods came back with the refund.
//! Effect: they are for sale again; the rest of the order stays gone.
//! Emits: `stock.released` with these lines; nothing for a refund without goods.
//! Undone by: nothing. A cancellation that follows brings back the rest.

use std::collections::{BTreeSet, HashMap};

use livemart_contracts::events::{PaymentRefunded, StockReleased};
use livemart_contracts::{OrderId, ProductId};
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use super::settling::unchanged;
use crate::domain::reservation::returned;
use crate::domain::{Kind, Lines, Movement};
use crate::ledger::{Ledger, Posting};
use crate::store::reservations::{self, Reservation};
use crate::store::returns::{self, Return};

pub struct OnPaymentRefunded {
    pub ledger: Ledger,
}

impl Reaction for OnPaymentRefunded {
    type Event = PaymentRefunded;
    const DURABLE: &'static str = "inventory-payment-refunded";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<PaymentRefunded>]) -> Result<Vec<Decision>, Failure> {
        let with_goods = || batch.iter().filter(|event| !event.restock.is_empty());
        let orders: Vec<OrderId> = with_goods().map(|event| event.order_id).collect();
        if orders.is_empty() {
            return Ok(vec![Decision::ignored(NO_GOODS); batch.len()]);
        }
        let mut step = Step { known: reservations::lock_in(cx.tx(), &orders).await?, ..Step::default() };
        let decisions: Vec<Decision> =
            batch.iter().map(|event| step.decide(cx, event)).collect::<Result<_, Failure>>()?;
        if !step.returns.is_empty() {
            let products: BTreeSet<ProductId> =
                step.postings.iter().map(|posting| posting.movement.product_id).collect();
            let stock = self.ledger.open(cx, products).await?;
            self.ledger.post(cx, stock, &step.postings).await?;
            returns::insert_in(cx.tx(), &step.returns, cx.now()).await?;
        }
        Ok(decisions)
    }
}

const NO_GOODS: &str = "no goods came back with the money";

/// A batch while it is decided, refund by refund.
#[derive(Default)]
struct Step {
    known: HashMap<OrderId, Reservation>,
    returns: Vec<Return>,
    postings: Vec<Posting>,
}

impl Step {
    fn decide(&mut self, cx: &mut Context, event: &Delivered<PaymentRefunded>) -> Result<Decision, Failure> {
        let (order_id, Some(refund_id)) = (event.order_id, event.refund_id) else {
            return Ok(Decision::ignored(NO_GOODS));
        };
        if event.restock.is_empty() {
            return Ok(Decision::ignored(NO_GOODS));
        }
        let known = self.known.get_mut(&order_id);
        if let Err(why) = returned(known.as_deref().map(|reservation| reservation.status)) {
            return Ok(unchanged(why));
        }
        let reservation = known.unwrap_or_else(|| unreachable!("what is not there has no goods that could come back"));
        if reservation.returned.contains_key(&refund_id) {
            return Ok(Decision::Duplicate);
        }
        let lines: Lines = event.restock.iter().cloned().collect();
        if !reservation.gone().covers(&lines) {
            return Err(Failure::Reject(format!(
                "more came back of {order_id} than is gone: compare the refund {refund_id} with the reservation"
            )));
        }
        let movements = Movement::of(order_id, Kind::Restock, &lines);
        self.postings.extend(movements.map(|movement| Posting { cause: event.into(), movement }));
        let reservation_id = reservation.reservation_id;
        let refund = Some(refund_id);
        cx.emit(event, &StockReleased { order_id, reservation_id, lines: lines.to_vec(), refund_id: refund });
        reservation.returned.insert(refund_id, lines.clone());
        self.returns.push(Return { refund_id, order_id, lines });
        Ok(Decision::Applied)
    }
}
