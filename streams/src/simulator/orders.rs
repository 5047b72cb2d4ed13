//! The order service in memory: its domain, and the reactions of `services/order/src/reactions` around it.

use std::collections::HashMap;
use std::time::Duration;

use livemart_contracts::events::OrderCreated;
use livemart_contracts::{OrderId, ProductId, UserId};
use livemart_messaging::Decision;
use livemart_order::domain::placing::{Offer, price};
use livemart_order::domain::{Announcement, Illegal, NewOrder, Order, Status, Transition, failing};

use super::fact::Fact;
use super::rule::Rule;
use super::step::{Step, Watch};
use super::time::{Moment, SECOND, to_utc};

/// As the service's default.
const DEADLINE: Moment = 60 * SECOND;
/// As the service does when an order is missing.
const MISSING: Duration = Duration::from_secs(1);

#[derive(Debug, Clone)]
pub struct OrderRow {
    pub order: Order,
    pub expires_at: Moment,
    pub was_confirmed: bool,
    pub shown: Shown,
}

/// What an order shows of its payment: the newest status, and sums of what was announced.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown {
    pub status: Option<&'static str>,
    progress: u8,
    pub captured: i64,
    pub refunded: i64,
}

#[derive(Debug, Clone, Default)]
pub struct Orders {
    pub catalogue: HashMap<ProductId, Offer>,
    rows: Vec<OrderRow>,
}

/// The number of an order in its shop.
pub fn number(order: OrderId) -> usize {
    usize::try_from(order.uuid().as_u128()).unwrap_or(usize::MAX)
}

pub fn id(number: usize) -> OrderId {
    uuid::Uuid::from_u128(number as u128).into()
}

impl Orders {
    /// Orders in the order of their numbers.
    pub fn rows(&self) -> &[OrderRow] {
        &self.rows
    }

    pub fn place(&mut self, step: &mut Step, new: &NewOrder) {
        let (order_id, customer_id): (OrderId, UserId) = (id(self.rows.len()), step.new_id());
        let (lines, total) = price(&new.lines, &self.catalogue)
            .unwrap_or_else(|unpriceable| unreachable!("the shop sells all of it: {unpriceable}"));
        let expires_at = step.now + DEADLINE;
        step.emit(OrderCreated {
            order_id,
            customer_id,
            lines,
            total,
            payment_method: new.payment_method.clone(),
            expires_at: to_utc(expires_at),
        });
        step.looks.push((expires_at, Watch::OrderDeadline));
        let order = Order {
            id: order_id,
            customer_id,
            status: Status::Pending,
            failure: None,
            cancel_reason: None,
            version: 1,
        };
        self.rows.push(OrderRow { order, expires_at, was_confirmed: false, shown: Shown::default() });
    }

    pub fn cancel(&mut self, step: &mut Step, number: usize) -> Decision {
        self.decide(step, id(number), |order| order.cancel("cancelled by the customer"))
    }

    pub fn ship(&mut self, number: usize) -> Decision {
        let Some(row) = self.rows.get_mut(number) else { return Decision::NotYet(MISSING) };
        decision(&row.order.ship())
    }

    /// `services/order/src/deadline.rs`.
    pub fn look_at_deadlines(&mut self, step: &mut Step) {
        if !step.keeps(Rule::Deadline) {
            return;
        }
        for row in &mut self.rows {
            let overdue = row.order.status == Status::Pending && row.expires_at <= step.now;
            if overdue && row.order.fail(failing::timed_out()) == Ok(Transition::Changed) {
                announce(step, &row.order);
            }
        }
    }

    pub fn react(&mut self, step: &mut Step, fact: &Fact) -> Decision {
        match fact {
            Fact::StockReserved(event) => self.decide(step, event.order_id, Order::confirm),
            Fact::StockFailed(event) => {
                self.decide(step, event.order_id, |order| order.fail(failing::out_of_stock(event)))
            }
            Fact::PaymentFailed(event) => {
                self.decide(step, event.order_id, |order| order.fail(failing::declined(event)))
            }
            Fact::PaymentStalled(event) => self.announce_again(step, event.order_id),
            Fact::StockStalled(event) => self.announce_again(step, event.order_id),
            other => unreachable!("no reaction of the order service reads {}", other.subject()),
        }
    }

    /// The projection `order-payments`, whose sums nothing but the inbox protects.
    pub fn project(&mut self, fact: &Fact) -> Decision {
        let (status, progress, captured, refunded) = match fact {
            Fact::PaymentAuthorized(_) => ("authorized", 1, 0, 0),
            Fact::PaymentFailed(_) => ("failed", 2, 0, 0),
            Fact::PaymentVoided(_) => ("voided", 2, 0, 0),
            Fact::PaymentCaptured(event) => ("captured", 2, event.amount.amount, 0),
            Fact::PaymentRefunded(event) => ("refunded", 3, 0, event.amount.amount),
            other => unreachable!("an order does not show {}", other.subject()),
        };
        if let Some(OrderRow { shown, .. }) = self.rows.get_mut(number(fact.order_id())) {
            if progress >= shown.progress {
                (shown.status, shown.progress) = (Some(status), progress);
            }
            shown.captured += captured;
            shown.refunded += refunded;
            if shown.captured > 0 && shown.refunded > 0 {
                let partly = shown.refunded < shown.captured;
                shown.status = Some(if partly { "partially_refunded" } else { "refunded" });
            }
        }
        Decision::Applied
    }

    fn decide(
        &mut self,
        step: &mut Step,
        order: OrderId,
        take: impl FnOnce(&mut Order) -> Result<Transition, Illegal>,
    ) -> Decision {
        let Some(row) = self.rows.get_mut(number(order)) else { return Decision::NotYet(MISSING) };
        let taken = take(&mut row.order);
        if taken == Ok(Transition::Changed) {
            row.was_confirmed |= row.order.status == Status::Confirmed;
            announce(step, &row.order);
        }
        decision(&taken)
    }

    fn announce_again(&mut self, step: &mut Step, order: OrderId) -> Decision {
        match self.rows.get(number(order)) {
            None => Decision::NotYet(MISSING),
            Some(row) if row.order.status == Status::Pending => Decision::ignored("the order is not decided yet"),
            Some(row) => {
                announce(step, &row.order);
                Decision::Applied
            }
        }
    }
}

fn decision(taken: &Result<Transition, Illegal>) -> Decision {
    match taken {
        Ok(Transition::Changed) => Decision::Applied,
        Ok(Transition::Unchanged) => Decision::Duplicate,
        Err(illegal) => Decision::ignored(illegal.to_string()),
    }
}

fn announce(step: &mut Step, order: &Order) {
    match order.announcement() {
        None => {}
        Some(Announcement::Confirmed(event)) => step.emit(event),
        Some(Announcement::Failed(event)) => step.emit(event),
        Some(Announcement::Cancelled(event)) => step.emit(event),
    }
}
