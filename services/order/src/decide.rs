//! Deciding about orders: the one way in which a reaction or the deadline moves them.

use std::collections::BTreeSet;
use std::time::Duration;

use livemart_contracts::OrderId;
use livemart_messaging::{Cause, Context, Decision, Delivered, Failure};

use crate::domain::{Announcement, Illegal, Order, Status, Transition};
use crate::store::orders;

/// An order is committed before anything about it is published; if it is missing all the same, ask again after this.
const MISSING: Duration = Duration::from_secs(1);

/// Moves the order of each event of `batch` by `step`, and announces what was decided.
pub async fn decide<F: Sync>(
    cx: &mut Context,
    batch: &[Delivered<F>],
    order_id: fn(&F) -> OrderId,
    step: fn(&mut Order, &F) -> Result<Transition, Illegal>,
) -> Result<Vec<Decision>, Failure> {
    let mut orders = orders::lock_in(cx.tx(), batch.iter().map(|event| order_id(event))).await?;
    let mut changed = BTreeSet::new();
    let mut decisions = Vec::with_capacity(batch.len());
    for event in batch {
        let Some(order) = orders.get_mut(&order_id(event)) else {
            decisions.push(Decision::NotYet(MISSING));
            continue;
        };
        decisions.push(match step(order, event) {
            Ok(Transition::Changed) => {
                announce(cx, event, order);
                changed.insert(order.id);
                Decision::Applied
            }
            Ok(Transition::Unchanged) => Decision::Duplicate,
            Err(illegal) => Decision::ignored(illegal.to_string()),
        });
    }
    let changed: Vec<&Order> = orders.values().filter(|order| changed.contains(&order.id)).collect();
    orders::save_in(cx.tx(), &changed, cx.now()).await?;
    Ok(decisions)
}

/// Announces again what was decided about the order of each event of `batch`: whoever asks has missed it.
pub async fn announce_again<F: Sync>(
    cx: &mut Context,
    batch: &[Delivered<F>],
    order_id: fn(&F) -> OrderId,
) -> Result<Vec<Decision>, Failure> {
    let orders = orders::lock_in(cx.tx(), batch.iter().map(|event| order_id(event))).await?;
    let again = |event: &Delivered<F>| match orders.get(&order_id(event)) {
        None => Decision::NotYet(MISSING),
        Some(order) if order.status == Status::Pending => Decision::ignored("the order is not decided yet"),
        Some(order) => {
            announce(cx, event, order);
            Decision::Applied
        }
    };
    Ok(batch.iter().map(again).collect())
}

/// Announces the decision about `order`, if there is one, also to those who follow it.
pub fn announce(cx: &mut Context, cause: impl Into<Cause>, order: &Order) {
    cx.tell(order.id.to_string());
    match order.announcement() {
        None => {}
        Some(Announcement::Confirmed(event)) => cx.emit(cause, &event),
        Some(Announcement::Failed(event)) => cx.emit(cause, &event),
        Some(Announcement::Cancelled(event)) => cx.emit(cause, &event),
    }
}
